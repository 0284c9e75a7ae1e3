// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/sized_engines.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace weir {

namespace {

// A size that came so often is likely to come again.
constexpr int kUsesToCompile = 3;
// Sizes that are counted; a flood of odd ones must not grow the list.
constexpr std::size_t kMostCounted = 1024;

}  // namespace

SizedEngines::SizedEngines(std::string model, EngineOptions options, int most)
    : model_(std::move(model)), options_(std::move(options)), most_(most) {}

Result<std::unique_ptr<SizedEngines>> SizedEngines::load(std::string model, EngineOptions options, int most) {
  auto sized = std::unique_ptr<SizedEngines>(new SizedEngines(std::move(model), std::move(options), most));
  EngineOptions open = sized->options_;
  open.open_size = true;
  open.input_shapes = {{1, -1, -1, -1}};
  auto engine = load_engine(sized->model_, open);
  if (!engine) return fail(engine.error());
  sized->open_ = std::move(*engine);
  if (most > 0 && sized->open_->gains_from_fixed_size()) {
    sized->compiler_ = std::thread([self = sized.get()] { self->compile_wanted(); });
  }
  return sized;
}

SizedEngines::~SizedEngines() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (compiler_.joinable()) compiler_.join();
}

Engine* SizedEngines::find(int width, int height) {
  const std::lock_guard lock(mutex_);
  auto found = std::find_if(sizes_.begin(), sizes_.end(),
                            [&](const Sized& s) { return s.width == width && s.height == height; });
  if (found == sizes_.end()) {
    if (sizes_.size() >= kMostCounted) return nullptr;
    found = sizes_.insert(sizes_.end(), Sized{width, height});
  }
  if (found->engine) return found->engine.get();
  if (found->wanted || ++found->uses < kUsesToCompile || wanted_ >= most_ || !compiler_.joinable()) return nullptr;
  found->wanted = true;
  ++wanted_;
  queue_.push_back(&*found);
  changed_.notify_all();
  return nullptr;
}

void SizedEngines::settle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return queue_.empty() && !busy_; });
}

void SizedEngines::compile_wanted() {
  // Frames come first. (Linux has priorities per thread; what the compiler starts inherits this one.)
  constexpr int kLower = 10;  // than what the program was started with
  const auto thread = static_cast<id_t>(::gettid());
  ::setpriority(PRIO_PROCESS, thread, ::getpriority(PRIO_PROCESS, thread) + kLower);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    Sized& sized = *queue_.front();
    queue_.pop_front();
    busy_ = true;
    EngineOptions options = options_;
    options.input_shapes = {{1, 3, sized.height, sized.width}};
    lock.unlock();
    auto engine = load_engine(model_, options);
    lock.lock();
    // Without one, the engine of open size goes on answering.
    if (engine) sized.engine = std::move(*engine);
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pipeline/payloads.hpp"
#include "pipeline/registry.hpp"

namespace weir::test {

/// What the sinks of one test saw: by frame, how good the answer was and where its first box lay. Thread-safe.
class Answers {
 public:
  struct Entry {
    Outcome outcome{};
    int worker = -1;
    std::size_t items = 0;
    float left = -1;
    bool operator==(const Entry&) const = default;
  };
  /// Of the sinks whose parameter `into` says so.
  static Answers& of_this_test(const std::string& into = "") {
    static std::mutex mutex;
    static std::map<std::string, Answers> answers;
    const std::lock_guard lock(mutex);
    return answers[into];
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
  }
  void add(std::uint64_t frame, const Entry& entry) {
    const std::lock_guard lock(mutex_);
    entries_[frame] = entry;
  }
  std::map<std::uint64_t, Entry> all() const {
    const std::lock_guard lock(mutex_);
    return entries_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Entry> entries_;
};

/// Frames of 24 x 8 pixels whose values follow from their numbers; 100 of them a second in real time.
class CloudSource final : public Stage {
 public:
  static constexpr Out<Frame> frame{"frame", "a small picture"};
  static constexpr Param<std::int64_t> frames{{.name = "frames", .help = "how many", .min = 0}, std::int64_t{20}};
  static constexpr std::array outputs{frame.info()};
  static constexpr std::array params{frames.info()};
  static constexpr Execution execution{.source = true};

  Status process(Context& cx) override {
    if (next_ >= cx.param(frames)) {
      cx.end_of_stream();
      return {};
    }
    const MutableImageView view = cx.emit(frame).allocate(24, 8, PixelFormat::gray8);
    for (int y = 0; y < view.height; ++y) std::fill_n(view.row(y), view.width, static_cast<std::uint8_t>(next_ + 1));
    cx.set_media_time(std::chrono::milliseconds(10 * next_++));
    return {};
  }

 private:
  std::int64_t next_ = 0;
};

/// One box at the first pixel's value; fails on request, to see what becomes of that.
class CloudSee final : public Stage {
 public:
  static constexpr InAnyOf<Frame> frame{"frame", "to look at"};
  static constexpr Out<Detections> found{"found", "one box"};
  static constexpr Param<double> shift{{.name = "shift", .help = "added to the box's place"}, 0.0};
  static constexpr Param<bool> broken{{.name = "broken", .help = "every call fails"}, false};
  static constexpr Param<Path> model{{.name = "model", .help = "a file that must be the same on both sides"}, ""};
  static constexpr std::array inputs{frame.info()};
  static constexpr std::array outputs{found.info()};
  static constexpr std::array params{shift.info(), broken.info(), model.info()};
  static constexpr Execution execution{.concurrency = Concurrency::parallel};

  Status process(Context& cx) override {
    if (cx.param(broken)) return {Code::internal, "broken on purpose"};
    const Frame& seen = *cx.get<Frame>(frame);
    Detections& out = cx.emit(found);
    const auto at = static_cast<float>(seen.image.data[0] + cx.param(shift));
    out.items.push_back({{at, 1, at + 4, 6}, 0.5F, 0});
    out.classes = std::make_shared<ClassNames>(ClassNames{"thing"});
    out.frame_width = seen.image.width;
    out.frame_height = seen.image.height;
    return {};
  }
};

/// Counts the frames of its stream, which shows whether its state came along.
class CloudCount final : public Stage {
 public:
  static constexpr In<Detections> in{"in", "boxes"};
  static constexpr Out<Detections> out{"out", "boxes at the count"};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status process(Context& cx) override {
    Detections& sent = cx.emit(out);
    sent = *cx.get(in);
    for (Detection& item : sent.items) item.box.left = static_cast<float>(++count_);
    return {};
  }

 private:
  int count_ = 0;
};

/// Needs two lists of boxes; puts out the first.
class CloudPair final : public Stage {
 public:
  static constexpr In<Detections> a{"a", "boxes"};
  static constexpr In<Detections> b{"b", "boxes"};
  static constexpr Out<Detections> out{"out", "the first"};
  static constexpr std::array inputs{a.info(), b.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr Execution execution{.concurrency = Concurrency::parallel};

  Status process(Context& cx) override {
    cx.emit(out) = *cx.get(a);
    return {};
  }
};

/// Goes on where no answer came.
class CloudFollow final : public Stage {
 public:
  static constexpr In<Detections> in{"in", "boxes"};
  static constexpr Out<Tracks> out{"out", "the same"};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream, .carries_forward = true};

  Status process(Context& cx) override {
    Tracks& sent = cx.emit(out);
    for (const Detection& item : cx.get(in)->items)
      sent.items.push_back({item.box, item.score, item.class_id, 1, 0, 0});
    sent.classes = cx.get(in)->classes;
    return {};
  }
};

class CloudSink final : public Stage {
 public:
  static constexpr InAnyOf<Detections, Tracks> in{"in", "answers"};
  static constexpr Param<std::string> into{{.name = "into", .help = "where the answers are kept"}, ""};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array params{into.info()};

  Status process(Context& cx) override {
    Answers::Entry entry{cx.quality().outcome, cx.quality().worker, 0, -1};
    if (const auto* found = cx.get<Detections>(in)) note(found->items, entry);
    if (const auto* tracks = cx.get<Tracks>(in)) note(tracks->items, entry);
    Answers::of_this_test(cx.param(into)).add(cx.stamp().frame, entry);
    return {};
  }

 private:
  template <typename Items>
  static void note(const Items& items, Answers::Entry& entry) {
    entry.items = items.size();
    if (!items.empty()) entry.left = items.front().box.left;
  }
};

inline Registry cloud_registry() {
  Registry registry;
  const Status added[] = {registry.add<CloudSource>("ingest.small"), registry.add<CloudSee>("infer.see"),
                          registry.add<CloudCount>("infer.count"),   registry.add<CloudPair>("infer.pair"),
                          registry.add<CloudFollow>("track.follow"), registry.add<CloudSink>("sink.answers")};
  for (const Status& status : added) {
    if (!status) std::terminate();
  }
  return registry;
}

}  // namespace weir::test

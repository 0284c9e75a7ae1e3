// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/head_stream.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

/// Pixels of the network's input size, as codecs want them.
PreprocessOptions picture_options(const DetectorOptions& options) {
  PreprocessOptions result;
  result.width = options.width;
  result.height = options.height;
  result.fit = options.fit;
  return result;
}

}  // namespace

Result<std::unique_ptr<HeadNetwork>> HeadNetwork::load(const SplitDetector& split, const EngineOptions& options,
                                                       std::shared_ptr<const CodeTables> tables) {
  auto network = std::unique_ptr<HeadNetwork>(new HeadNetwork(split));
  network->tables_ = std::move(tables);
  if (split.seam_shapes.empty()) return network;
  EngineOptions sized = options;
  sized.input_shapes = {{1, 3, split.options.height, split.options.width}};
  auto engine = load_engine(encode_onnx(split.pieces.head), "the head of " + split.options.model, sized);
  if (!engine) return fail(engine.error());
  network->engine_ = std::move(*engine);
  return network;
}

HeadStream::HeadStream(const HeadNetwork& network, StreamId stream, PreprocessPlan picture, PreprocessPlan tensor)
    : network_(network),
      stream_(stream),
      picture_(std::move(picture)),
      tensor_(std::move(tensor)),
      pictures_(network.split().options.width, network.split().options.height) {}

Result<std::unique_ptr<HeadStream>> HeadStream::create(const HeadNetwork& network, StreamId stream) {
  const DetectorOptions& options = network.split().options;
  auto picture = PreprocessPlan::create(picture_options(options));
  if (!picture) return fail(picture.error());
  auto tensor = PreprocessPlan::create(preprocess_options(options));
  if (!tensor) return fail(tensor.error());
  auto made = std::unique_ptr<HeadStream>(new HeadStream(network, stream, std::move(*picture), std::move(*tensor)));
  if (!network.engine()) return made;
  auto session = network.engine()->make_session();
  if (!session) return fail(session.error());
  made->session_ = std::move(*session);
  made->input_.resize(DType::f32, {1, 3, options.height, options.width});
  if (network.tables()) made->features_.emplace(network.tables());
  return made;
}

Status HeadStream::warm_up(const Ladder& ladder) {
  const PreprocessOptions& size = picture_.options();
  const std::vector<std::uint8_t> grey(picture_.elements(), 128);
  const ImageView picture{grey.data(), size.width, size.height, std::ptrdiff_t{3} * size.width};
  std::vector<std::uint8_t> bytes;
  for (const Rung& rung : ladder.rungs) {
    Status status;
    if (rung.kind != RungKind::features) {
      status = pictures_.encode(picture, rung.kind, rung.setup, bytes);
    } else if (!session_) {
      status = {Code::invalid, "it needs `tables`, and `seam` or `switchable`"};
    } else if (const auto tensor = features(picture); !tensor) {
      status = tensor.error();
    }
    if (!status) return {status.error().code, "rung " + rung.name + ": " + status.error().text};
  }
  pictures_.lost();  // the grey pictures are sent to nobody
  return {};
}

void HeadStream::learn(const LinkMonitor& link) {
  exchanges_.clear();
  position_ = link.ended_since(position_, exchanges_);
  for (const Exchange& exchange : exchanges_) {
    if (exchange.stream != stream_) continue;
    if (!is_done(exchange.end)) {
      pictures_.lost();
      // A worker that merely had no time for it still has what it decoded before.
      const bool same_worker = exchange.end == ExchangeEnd::skipped || exchange.end == ExchangeEnd::unsent;
      if (features_ && !same_worker) features_->forget();
      continue;
    }
    // References are where they were decoded.
    if (features_ && worker_ >= 0 && exchange.worker != worker_) features_->forget();
    worker_ = exchange.worker;
    if (features_) features_->acknowledge(exchange.frame);
  }
}

Status HeadStream::encode(const Job& job, const Setup& setup, CodedFrame& code) {
  code.rung = setup.rung;
  code.kind = setup.kind;
  code.frame_width = job.image.width;
  code.frame_height = job.image.height;
  code.width = network_.split().options.width;
  code.height = network_.split().options.height;
  return code.fill([&](std::vector<std::uint8_t>& out) {
    return setup.kind == RungKind::features ? encode_features(job, setup, out) : encode_picture(job, setup, out);
  });
}

Status HeadStream::encode_picture(const Job& job, const Setup& setup, std::vector<std::uint8_t>& out) {
  const PreprocessOptions& size = picture_.options();
  pixels_.resize(picture_.elements());
  if (Status status = picture_.run(job.image, pixels_, ByteLayout::interleaved); !status) return status;
  if (job.regions) keep_regions(job);
  const ImageView picture{pixels_.data(), size.width, size.height, std::ptrdiff_t{3} * size.width};
  return pictures_.encode(picture, setup.kind, setup.level, out);
}

/// Leaves the pixels of the regions and their margins, and makes all others grey, which takes hardly any bytes.
void HeadStream::keep_regions(const Job& job) {
  const PreprocessOptions& size = picture_.options();
  const ImageToTensor place = picture_.geometry(job.image.width, job.image.height);
  kept_.assign(pixels_.size(), static_cast<std::uint8_t>(size.padding));
  for (const Region& region : job.regions->items) {
    const Box wide{region.box.left - region.margin[0], region.box.top - region.margin[1],
                   region.box.right + region.margin[2], region.box.bottom + region.margin[3]};
    const Box box = clip(place.to_tensor(wide), static_cast<float>(size.width), static_cast<float>(size.height));
    if (!(box.area() > 0)) continue;
    const auto left = static_cast<std::ptrdiff_t>(box.left), right = static_cast<std::ptrdiff_t>(std::ceil(box.right));
    const auto bottom = static_cast<std::ptrdiff_t>(std::ceil(box.bottom));
    for (auto y = static_cast<std::ptrdiff_t>(box.top); y < bottom; ++y) {
      const std::ptrdiff_t at = (y * size.width + left) * 3;
      std::copy_n(pixels_.begin() + at, (right - left) * 3, kept_.begin() + at);
    }
  }
  pixels_.swap(kept_);
}

Result<TensorView> HeadStream::features(const ImageView& image) {
  if (Status status = tensor_.run(image, input_.as<float>()); !status) return fail(status.error());
  const TensorView view = input_.view();
  const auto outputs = session_->infer({&view, 1});
  if (!outputs) return fail(outputs.error());
  return outputs->front();
}

Status HeadStream::encode_features(const Job& job, const Setup& setup, std::vector<std::uint8_t>& out) {
  if (!features_) return {Code::invalid, "a rung of features needs `tables`, and `seam` or `switchable`"};
  const auto tensor = features(job.image);
  if (!tensor) return tensor.error();
  const auto bytes = features_->encode(*tensor, static_cast<std::size_t>(setup.level), job.frame);
  if (!bytes) return bytes.error();
  out.assign(bytes->begin(), bytes->end());
  return {};
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/head_stream.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/codec/message.hpp"
#include "stages/infer/views.hpp"

namespace weir {
namespace {

// Each costs a request and a run of the tail; fewer leave more of a frame behind when its time is over.
constexpr std::size_t kPieces = 4;

/// Pixels of a size that the network takes, as codecs want them.
PreprocessOptions picture_options(const DetectorOptions& options, const PictureSize& size) {
  PreprocessOptions result;
  result.width = size.width;
  result.height = size.height;
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
  const std::string name = "the head of " + split.options.model;
  auto engine = load_engine(encode_onnx(split.pieces.head), name, sized);
  if (!engine) return fail(engine.error());
  network->engine_ = std::move(*engine);
  for (const NetworkCut& other : split.others) {
    auto head = load_engine(encode_onnx(other.pieces.head), name, sized);
    if (!head) return fail(head.error());
    network->others_.push_back(std::move(*head));
  }
  return network;
}

HeadStream::HeadStream(const HeadNetwork& network, StreamId stream, PreprocessPlan tensor)
    : network_(network), stream_(stream), tensor_(std::move(tensor)) {}

Result<std::unique_ptr<HeadStream>> HeadStream::create(const HeadNetwork& network, StreamId stream) {
  const DetectorOptions& options = network.split().options;
  auto tensor = PreprocessPlan::create(preprocess_options(options));
  if (!tensor) return fail(tensor.error());
  auto made = std::unique_ptr<HeadStream>(new HeadStream(network, stream, std::move(*tensor)));
  for (const PictureSize& size : network.split().sizes) {
    auto plan = PreprocessPlan::create(picture_options(options, size));
    if (!plan) return fail(plan.error());
    made->pictures_.push_back({std::move(*plan), PictureEncoder(size.width, size.height)});
  }
  if (!network.engine()) return made;
  if (Status status = made->add_cut(*network.engine(), split_hash(network.split())); !status) {
    return fail(status.error());
  }
  for (std::size_t i = 0; i < network.others().size(); ++i) {
    const std::uint64_t hash = cut_hash(network.split().others[i]);
    if (Status status = made->add_cut(*network.others()[i], hash); !status) return fail(status.error());
  }
  made->input_.resize(DType::f32, {1, 3, options.height, options.width});
  if (network.tables()) made->features_.emplace(network.tables());
  return made;
}

Status HeadStream::add_cut(Engine& engine, std::uint64_t hash) {
  auto session = engine.make_session();
  if (!session) return session.error();
  cuts_.push_back({std::move(*session), Lz4FeatureEncoder(hash)});
  return {};
}

Status HeadStream::warm_up(const Ladder& ladder) {
  std::vector<std::uint8_t> bytes;
  for (const Rung& rung : ladder.rungs) {
    if (Status status = warm_up(rung, bytes); !status) {
      return {status.error().code, "rung " + rung.name + ": " + status.error().text};
    }
  }
  pictures_lost();  // the grey pictures are sent to nobody
  return {};
}

Status HeadStream::warm_up(const Rung& rung, std::vector<std::uint8_t>& bytes) {
  Pictures* const pictures = pictures_of(rung.width, rung.height);
  if (!pictures) return other_size(rung.width, rung.height);
  const PreprocessOptions& size = pictures->plan.options();
  const std::vector<std::uint8_t> grey(pictures->plan.elements(), 128);
  const ImageView picture{grey.data(), size.width, size.height, std::ptrdiff_t{3} * size.width};
  if (!sends_features(rung.kind)) return pictures->encoder.encode(picture, rung.kind, rung.setup, bytes);
  if (cuts_.empty()) {
    return {Code::invalid, rung.kind == RungKind::lz4 ? "it needs `seam` or `switchable`"
                                                      : "it needs `tables`, and `seam` or `switchable`"};
  }
  const auto tensor = features(picture, rung.kind == RungKind::lz4 ? static_cast<std::size_t>(rung.setup) : 0);
  return tensor ? Status() : Status(tensor.error());
}

/// Those of the network's input for 0x0; null for a size that is not among `sizes`.
HeadStream::Pictures* HeadStream::pictures_of(int width, int height) {
  const auto is_wanted = [&](const Pictures& each) {
    return each.plan.options().width == width && each.plan.options().height == height;
  };
  const auto found = width == 0 ? pictures_.begin() : std::ranges::find_if(pictures_, is_wanted);
  return found != pictures_.end() ? &*found : nullptr;
}

Status HeadStream::other_size(int width, int height) const {
  return {Code::invalid, "its pictures are of " + extent_text(width, height) + " pixels, and they are sent in " +
                             network_.split().sizes_text() +
                             "; add that size to `sizes` of infer.head and infer.tail, or measure the ladder again"};
}

void HeadStream::pictures_lost() {
  for (Pictures& each : pictures_) each.encoder.lost();
}

void HeadStream::learn(const LinkMonitor& link) {
  exchanges_.clear();
  position_ = link.ended_since(position_, exchanges_);
  for (const Exchange& exchange : exchanges_) {
    if (exchange.stream != stream_) continue;
    if (!is_done(exchange.end)) {
      pictures_lost();
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
  const bool smaller = !sends_features(setup.kind) && setup.width > 0;
  code.width = smaller ? setup.width : network_.split().options.width;
  code.height = smaller ? setup.height : network_.split().options.height;
  code.ends.clear();
  const Status status = code.fill([&](std::vector<std::uint8_t>& out) {
    if (setup.kind == RungKind::lz4) return encode_lz4(job, setup, out);
    return setup.kind == RungKind::features ? encode_features(job, setup, out) : encode_picture(job, setup, out);
  });
  if (status && setup.progressive && setup.kind == RungKind::features) cut(code);
  return status;
}

/// Into pieces of nearly as many bytes each, between the codec's slices.
void HeadStream::cut(CodedFrame& code) {
  codec::slice_ends(code.bytes, slice_ends_);
  const std::size_t total = code.bytes.size();
  for (const std::size_t end : slice_ends_) {
    if (end * kPieces >= total * (code.ends.size() + 1)) code.ends.push_back(static_cast<std::uint32_t>(end));
  }
}

Status HeadStream::encode_picture(const Job& job, const Setup& setup, std::vector<std::uint8_t>& out) {
  Pictures* const pictures = pictures_of(setup.width, setup.height);
  if (!pictures) return other_size(setup.width, setup.height);
  const PreprocessOptions& size = pictures->plan.options();
  pixels_.resize(pictures->plan.elements());
  if (Status status = pictures->plan.run(job.image, pixels_, ByteLayout::interleaved); !status) return status;
  if (job.regions) keep_regions(job, pictures->plan);
  const ImageView picture{pixels_.data(), size.width, size.height, std::ptrdiff_t{3} * size.width};
  return pictures->encoder.encode(picture, setup.kind, setup.level, out);
}

/// Leaves the pixels of the regions and their margins, and makes all others grey, which takes hardly any bytes.
void HeadStream::keep_regions(const Job& job, const PreprocessPlan& plan) {
  const PreprocessOptions& size = plan.options();
  const ImageToTensor place = plan.geometry(job.image.width, job.image.height);
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

Result<TensorView> HeadStream::features(const ImageView& image, std::size_t cut) {
  if (cut >= cuts_.size()) {
    return fail(Code::invalid, "it is cut at seam " + std::to_string(cut) + ", and `seam` and `other_seams` name " +
                                   std::to_string(cuts_.size()) + "; give the same as when the ladder was measured");
  }
  if (Status status = tensor_.run(image, input_.as<float>()); !status) return fail(status.error());
  const TensorView view = input_.view();
  const auto outputs = cuts_[cut].session->infer({&view, 1});
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

Status HeadStream::encode_lz4(const Job& job, const Setup& setup, std::vector<std::uint8_t>& out) {
  if (network_.split().seam_shapes.size() != 1) {
    return {Code::invalid, "a rung of lz4 needs `seam` or `switchable`, with one tensor there"};
  }
  const auto cut = static_cast<std::size_t>(setup.level);
  const auto tensor = features(job.image, cut);
  return tensor ? cuts_[cut].lz4.encode(*tensor, out) : Status(tensor.error());
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/tail_stream.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "elastic/switchable/setup_tables.hpp"
#include "stages/infer/views.hpp"

namespace weir {

Result<std::unique_ptr<TailNetwork>> TailNetwork::load(SplitDetector split, const EngineOptions& options,
                                                       std::shared_ptr<const CodeTables> tables) {
  auto network = std::make_unique<TailNetwork>();
  network->tables_ = std::move(tables);
  network->split_ = std::move(split);
  network->split_.options.engine = options;
  if (Status status = network->load_wholes(); !status) return fail(status.error());
  if (network->split_.seam_shapes.empty()) return network;
  EngineOptions sized = options;
  sized.input_shapes = network->split_.seam_shapes;
  if (const auto& setups = network->split_.setups) {
    const auto vector = static_cast<std::int64_t>(setups->setups.front().scale.size());
    sized.input_shapes.insert(sized.input_shapes.end(), 2, Shape{1, vector, 1, 1});
    if (network->tables_) {
      auto known = setups_of_rungs(*network->tables_, *setups);
      if (!known) return fail(known.error());
      network->rung_setups_ = std::move(*known);
    }
  }
  auto tail =
      load_engine(encode_onnx(network->split_.pieces.tail), "the tail of " + network->split_.options.model, sized);
  if (!tail) return fail(tail.error());
  network->tail_ = std::move(*tail);
  if (Status status = network->load_others(options); !status) return fail(status.error());
  return network;
}

Status TailNetwork::load_others(const EngineOptions& options) {
  for (const NetworkCut& other : split_.others) {
    EngineOptions sized = options;
    sized.input_shapes = other.shapes;
    auto tail = load_engine(encode_onnx(other.pieces.tail), "the tail of " + split_.options.model, sized);
    if (!tail) return tail.error();
    others_.push_back(std::move(*tail));
  }
  return {};
}

/// A network for each size that pictures come in, all ready before the first one comes.
Status TailNetwork::load_wholes() {
  for (const PictureSize& size : split_.sizes) {
    DetectorOptions options = split_.options;
    options.width = size.width;
    options.height = size.height;
    auto whole = DetectorNetwork::load(std::move(options), 1);
    if (!whole && wholes_.empty()) return whole.error();
    if (!whole) {
      return {whole.error().code, split_.options.model + " cannot take pictures of " +
                                      extent_text(size.width, size.height) + ": " + whole.error().text +
                                      ". Take that size out of `sizes`"};
    }
    wholes_.push_back(std::move(*whole));
  }
  return {};
}

const SwitchableSetup* TailNetwork::setup_of(std::size_t rung) const {
  if (!split_.setups) return nullptr;
  return &split_.setups->setups[rung < rung_setups_.size() ? rung_setups_[rung] : 0];
}

TailStream::TailStream(const TailNetwork& network)
    : network_(network), reader_(network.whole().options(), network.whole().sigmoid()) {}

Result<std::unique_ptr<TailStream>> TailStream::create(const TailNetwork& network) {
  auto made = std::unique_ptr<TailStream>(new TailStream(network));
  for (const auto& whole : network.wholes()) {
    auto worker = DetectorWorker::create(*whole);
    if (!worker) return fail(worker.error());
    made->workers_.push_back(std::move(*worker));
  }
  made->warm_up_pictures();
  if (!network.tail()) return made;
  auto session = network.tail()->make_session();
  if (!session) return fail(session.error());
  made->tail_ = std::move(*session);
  if (network.tables()) made->features_.emplace(network.tables());
  const SplitDetector& split = network.split();
  if (split.seam_shapes.size() == 1) made->lz4_.emplace(split_hash(split), split.seam_shapes.front());
  if (Status status = made->warm_up_tail(); !status) return fail(status.error());
  if (Status status = made->add_others(); !status) return fail(status.error());
  return made;
}

/// With a first run each, as the tail has.
Status TailStream::add_others() {
  for (std::size_t i = 0; i < network_.others().size(); ++i) {
    const NetworkCut& cut = network_.split().others[i];
    auto session = network_.others()[i]->make_session();
    if (!session) return session.error();
    Tensor zero(DType::f32, cut.shapes.front());
    std::ranges::fill(zero.as<float>(), 0.F);
    const TensorView input = zero.view();
    if (const auto outputs = (*session)->infer({&input, 1}); !outputs) return outputs.error();
    const std::uint64_t hash = cut_hash(cut);
    others_.push_back({hash, std::move(*session), Lz4FeatureDecoder(hash, cut.shapes.front())});
  }
  return {};
}

/// The first run of a session is slower than those after it.
Status TailStream::warm_up_tail() {
  if (network_.split().setups) {
    Tensor bottleneck(DType::f32, network_.split().seam_shapes.front());
    std::ranges::fill(bottleneck.as<float>(), 0.F);
    const auto outputs = infer_tail(bottleneck.view(), 0);
    return outputs ? Status() : Status(outputs.error());
  }
  std::vector<Tensor> tensors;
  std::vector<TensorView> inputs;
  for (const Shape& shape : network_.split().seam_shapes) {
    std::ranges::fill(tensors.emplace_back(DType::f32, shape).as<float>(), 0.F);
  }
  for (const Tensor& tensor : tensors) inputs.push_back(tensor.view());
  const auto outputs = tail_->infer(inputs);
  return outputs ? Status() : Status(outputs.error());
}

/// Nor has the first picture to wait until a decoder of videos is found and loaded, which takes longer than a frame
/// has.
void TailStream::warm_up_pictures() {
  const std::vector<PictureSize>& sizes = network_.split().sizes;
  warm_up_picture(RungKind::h264, sizes.front());
  for (const PictureSize& size : sizes) warm_up_picture(RungKind::raw, size);
  pictures_ = PictureDecoder();
}

void TailStream::warm_up_picture(RungKind kind, const PictureSize& size) {
  constexpr int kAnyQuality = 50;
  PictureEncoder encoder(size.width, size.height);
  const std::vector<std::uint8_t> grey(static_cast<std::size_t>(size.width) * size.height * 3, 128);
  std::vector<std::uint8_t> bytes;
  const ImageView picture{grey.data(), size.width, size.height, std::ptrdiff_t{3} * size.width};
  // What fails here is told when such a picture comes; without H.264 on the machine none does.
  if (!encoder.encode(picture, kind, kAnyQuality, bytes)) return;
  CodedFrame code;
  code.kind = kind;
  code.bytes = bytes;
  code.width = code.frame_width = size.width;
  code.height = code.frame_height = size.height;
  std::vector<Detection> boxes;
  static_cast<void>(detect_picture(code, *worker_for(code), boxes));
}

/// Features are made for the network's input, pictures may come in any of its sizes; null for others.
DetectorWorker* TailStream::worker_for(const CodedFrame& code) const {
  const std::vector<PictureSize>& sizes = network_.split().sizes;
  const std::size_t count = sends_features(code.kind) ? 1 : sizes.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (sizes[i] == PictureSize{code.width, code.height}) return workers_[i].get();
  }
  return nullptr;
}

Status TailStream::detect(const CodedFrame& code, const NmsOptions& nms, std::vector<Detection>& boxes) {
  DetectorWorker* const worker = worker_for(code);
  if (!worker) {
    return {Code::invalid, "the frame was coded for a network of " + extent_text(code.width, code.height) +
                               "; this one takes " + network_.split().sizes_text() +
                               " (infer.tail's `sizes` are those of pictures)"};
  }
  const Status status = code.kind == RungKind::lz4        ? detect_lz4(code, boxes)
                        : code.kind == RungKind::features ? detect_features(code, boxes)
                                                          : detect_picture(code, *worker, boxes);
  if (status) worker->suppress(boxes, nms);
  return status;
}

Status TailStream::detect_picture(const CodedFrame& code, DetectorWorker& worker, std::vector<Detection>& boxes) {
  if (Status status = pictures_.decode(code.bytes, code.kind, code.width, code.height, picture_); !status) {
    return status;
  }
  const std::size_t before = boxes.size();
  if (Status status = worker.run({{picture_.image, {0, 0, code.width, code.height}, &boxes}}); !status) {
    return status;
  }
  const float across = static_cast<float>(code.frame_width) / static_cast<float>(code.width);
  const float down = static_cast<float>(code.frame_height) / static_cast<float>(code.height);
  for (std::size_t i = before; i < boxes.size(); ++i) {
    Box& box = boxes[i].box;
    box = {box.left * across, box.top * down, box.right * across, box.bottom * down};
  }
  return {};
}

Status TailStream::detect(const TensorView& features, const FrameSize& frame, const NmsOptions& nms,
                          std::vector<Detection>& boxes, std::size_t cut) {
  const Status status =
      cut == 0 ? run_tail(features, 0, frame, boxes) : run_other(others_.at(cut - 1), features, frame, boxes);
  if (status) workers_.front()->suppress(boxes, nms);
  return status;
}

Status TailStream::detect_features(const CodedFrame& code, std::vector<Detection>& boxes) {
  if (!features_)
    return {Code::unsupported, "features came, and infer.tail has no `tables`, or neither `seam` nor `switchable`"};
  const auto decoded = features_->decode(code.bytes, tensor_);
  if (!decoded) return decoded.error();
  return run_tail(tensor_.view(), decoded->rung, {code.frame_width, code.frame_height}, boxes);
}

Status TailStream::detect_lz4(const CodedFrame& code, std::vector<Detection>& boxes) {
  if (!lz4_) {
    return {Code::unsupported,
            "features in LZ4 came, and infer.tail has neither `seam` nor `switchable`, or one of "
            "several tensors"};
  }
  const FrameSize frame{code.frame_width, code.frame_height};
  if (OtherTail* const other = other_tail_for(code.bytes)) {
    if (Status status = other->lz4.decode(code.bytes, tensor_); !status) return status;
    return run_other(*other, tensor_.view(), frame, boxes);
  }
  if (Status status = lz4_->decode(code.bytes, tensor_); !status) return status;
  return run_tail(tensor_.view(), 0, frame, boxes);
}

Status TailStream::run_other(OtherTail& other, const TensorView& features, const FrameSize& frame,
                             std::vector<Detection>& boxes) {
  const auto outputs = other.session->infer({&features, 1});
  return outputs ? read(*outputs, frame, boxes) : Status(outputs.error());
}

/// Null where the message is of the seam, or of nothing that is known here: then the seam's decoder says so.
TailStream::OtherTail* TailStream::other_tail_for(std::span<const std::uint8_t> message) {
  const auto hash = lz4_model_hash(message);
  if (!hash) return nullptr;
  const auto found = std::ranges::find(others_, *hash, &OtherTail::hash);
  return found != others_.end() ? &*found : nullptr;
}

Result<std::span<const TensorView>> TailStream::infer_tail(const TensorView& features, std::size_t rung) {
  const SwitchableSetup* setup = network_.setup_of(rung);
  if (!setup) return tail_->infer({&features, 1});
  const Shape vector{1, static_cast<std::int64_t>(setup->scale.size()), 1, 1};
  const std::array<TensorView, 3> inputs{features, view_of(setup->scale, vector), view_of(setup->bias, vector)};
  return tail_->infer(inputs);
}

Status TailStream::run_tail(const TensorView& features, std::size_t rung, const FrameSize& frame,
                            std::vector<Detection>& boxes) {
  const auto outputs = infer_tail(features, rung);
  return outputs ? read(*outputs, frame, boxes) : Status(outputs.error());
}

Status TailStream::read(std::span<const TensorView> outputs, const FrameSize& frame, std::vector<Detection>& boxes) {
  const DetectorOptions& options = network_.whole().options();
  const ImageToTensor stretch{.scale_x = static_cast<float>(options.width) / static_cast<float>(frame.width),
                              .scale_y = static_cast<float>(options.height) / static_cast<float>(frame.height)};
  return reader_.read(outputs, {options.width, options.height, stretch}, frame, boxes);
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/tail_stream.hpp"

#include <algorithm>

namespace weir {

Result<std::unique_ptr<TailNetwork>> TailNetwork::load(SplitDetector split, const EngineOptions& options,
                                                       std::shared_ptr<const CodeTables> tables) {
  auto network = std::make_unique<TailNetwork>();
  network->tables_ = std::move(tables);
  network->split_ = std::move(split);
  network->split_.options.engine = options;
  auto whole = DetectorNetwork::load(network->split_.options, 1);
  if (!whole) return fail(whole.error());
  network->whole_ = std::move(*whole);
  if (network->split_.seam_shapes.empty()) return network;
  EngineOptions sized = options;
  sized.input_shapes = network->split_.seam_shapes;
  auto tail =
      load_engine(encode_onnx(network->split_.pieces.tail), "the tail of " + network->split_.options.model, sized);
  if (!tail) return fail(tail.error());
  network->tail_ = std::move(*tail);
  return network;
}

TailStream::TailStream(const TailNetwork& network, std::unique_ptr<DetectorWorker> worker)
    : network_(network), worker_(std::move(worker)), reader_(network.whole().options(), network.whole().sigmoid()) {}

Result<std::unique_ptr<TailStream>> TailStream::create(const TailNetwork& network) {
  auto worker = DetectorWorker::create(network.whole());
  if (!worker) return fail(worker.error());
  auto made = std::unique_ptr<TailStream>(new TailStream(network, std::move(*worker)));
  if (!network.tail()) return made;
  auto session = network.tail()->make_session();
  if (!session) return fail(session.error());
  made->tail_ = std::move(*session);
  if (network.tables()) made->features_.emplace(network.tables());
  if (Status status = made->warm_up(); !status) return fail(status.error());
  return made;
}

/// The first run of a session is slower than those after it.
Status TailStream::warm_up() {
  std::vector<Tensor> tensors;
  std::vector<TensorView> inputs;
  for (const Shape& shape : network_.split().seam_shapes) {
    std::ranges::fill(tensors.emplace_back(DType::f32, shape).as<float>(), 0.F);
  }
  for (const Tensor& tensor : tensors) inputs.push_back(tensor.view());
  const auto outputs = tail_->infer(inputs);
  return outputs ? Status() : Status(outputs.error());
}

Status TailStream::detect(const CodedFrame& code, const NmsOptions& nms, std::vector<Detection>& boxes) {
  const DetectorOptions& options = network_.whole().options();
  if (code.width != options.width || code.height != options.height) {
    return {Code::invalid, "the frame was coded for a network of " + std::to_string(code.width) + "x" +
                               std::to_string(code.height) + "; this one takes " + std::to_string(options.width) + "x" +
                               std::to_string(options.height)};
  }
  const Status status = code.kind == RungKind::features ? detect_features(code, boxes) : detect_picture(code, boxes);
  if (status) worker_->suppress(boxes, nms);
  return status;
}

Status TailStream::detect_picture(const CodedFrame& code, std::vector<Detection>& boxes) {
  if (Status status = pictures_.decode(code.bytes, code.kind, code.width, code.height, picture_); !status) {
    return status;
  }
  const std::size_t before = boxes.size();
  if (Status status = worker_->run({{picture_.image, {0, 0, code.width, code.height}, &boxes}}); !status) {
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
                          std::vector<Detection>& boxes) {
  const Status status = run_tail(features, frame, boxes);
  if (status) worker_->suppress(boxes, nms);
  return status;
}

Status TailStream::detect_features(const CodedFrame& code, std::vector<Detection>& boxes) {
  if (!features_) return {Code::unsupported, "features came, and infer.tail has no `seam` or no `tables`"};
  const auto decoded = features_->decode(code.bytes, tensor_);
  if (!decoded) return decoded.error();
  return run_tail(tensor_.view(), {code.frame_width, code.frame_height}, boxes);
}

Status TailStream::run_tail(const TensorView& features, const FrameSize& frame, std::vector<Detection>& boxes) {
  const auto outputs = tail_->infer({&features, 1});
  if (!outputs) return outputs.error();
  const DetectorOptions& options = network_.whole().options();
  const ImageToTensor stretch{.scale_x = static_cast<float>(options.width) / static_cast<float>(frame.width),
                              .scale_y = static_cast<float>(options.height) / static_cast<float>(frame.height)};
  return reader_.read(*outputs, {options.width, options.height, stretch}, frame, boxes);
}

}  // namespace weir

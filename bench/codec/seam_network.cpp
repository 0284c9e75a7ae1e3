// SPDX-License-Identifier: Apache-2.0
#include "bench/codec/seam_network.hpp"

#include <cstring>

#include "bench/common/machine.hpp"
#include "elastic/split.hpp"
#include "kernels/detect/yolox_decode.hpp"

namespace weir::bench {
namespace {

constexpr const char* kModel = "models/yolox_nano.onnx";
constexpr const char* kSeam = "725";
constexpr int kWidth = 640, kHeight = 192;
constexpr float kLeastScore = 0.02F;

/// COCO's classes as this benchmark sees them; -1: none of its business.
std::int32_t kind_of(std::int32_t coco) {
  if (coco == 0) return static_cast<std::int32_t>(Kind::person);
  const bool vehicle = coco == 1 || coco == 2 || coco == 3 || coco == 5 || coco == 7;
  return vehicle ? static_cast<std::int32_t>(Kind::vehicle) : -1;
}

Result<std::unique_ptr<Session>> session_of(const OnnxModel& model, const std::string& name, const Shape& input) {
  auto engine = load_engine(encode_onnx(model), name, {.input_shapes = {input}});
  if (!engine) return fail(engine.error());
  return (*engine)->make_session();
}

}  // namespace

Result<std::unique_ptr<SeamNetwork>> SeamNetwork::load() {
  const std::string path = data_path(kModel);
  if (path.empty()) return fail(Code::unavailable, std::string(kModel) + " is absent; set WEIR_DATA");
  auto model = load_onnx(path);
  if (!model) return fail(model.error());
  auto split = split_model(*model, {kSeam});
  if (!split) return fail(split.error());
  auto head = session_of(split->head, "head", Shape{1, 3, kHeight, kWidth});
  if (!head) return fail(head.error());
  auto tail = session_of(split->tail, "tail", Shape{1, 32, kHeight / 8, kWidth / 8});
  if (!tail) return fail(tail.error());
  auto plan = PreprocessPlan::create({.width = kWidth, .height = kHeight, .fit = Fit::letterbox});
  if (!plan) return fail(plan.error());
  return std::unique_ptr<SeamNetwork>(new SeamNetwork(*std::move(plan), *std::move(head), *std::move(tail)));
}

Result<Tensor> SeamNetwork::features(const ImageView& image) {
  if (Status s = plan_.run(image, input_.as<float>()); !s) return fail(s.error());
  const TensorView input = input_.view();
  const auto outputs = head_->infer({&input, 1});
  if (!outputs) return fail(outputs.error());
  const TensorView& seam = outputs->front();
  Tensor copy(seam.dtype, seam.shape);
  std::memcpy(copy.data(), seam.data, seam.bytes());
  return copy;
}

Result<TensorView> SeamNetwork::output(const TensorView& features) {
  const auto outputs = tail_->infer({&features, 1});
  if (!outputs) return fail(outputs.error());
  return outputs->front();
}

Result<std::vector<Detection>> SeamNetwork::detect(const TensorView& features) {
  const auto raw = output(features);
  if (!raw) return fail(raw.error());
  std::vector<Detection> found, boxes;
  const YoloxOptions options{kWidth, kHeight, 80, kLeastScore};
  if (Status s = decode_yolox(*raw, options, {}, found); !s) return fail(s.error());
  for (Detection& d : found) {
    d.class_id = kind_of(d.class_id);
    if (d.class_id >= 0) boxes.push_back(d);
  }
  nms_.run(boxes);
  return boxes;
}

}  // namespace weir::bench

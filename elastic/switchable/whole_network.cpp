// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/whole_network.hpp"

#include <algorithm>

#include "kernels/detect/nanodet_decode.hpp"
#include "kernels/detect/yolox_decode.hpp"

namespace weir {
namespace {

constexpr float kLeastScore = 0.01F;
constexpr float kNmsOverlap = 0.45F;
constexpr int kPerson = 0, kVehicle = 2;  // COCO's person and car

/// Keeps people and vehicles of COCO's classes; bus and truck become car.
void keep_road_classes(std::vector<Detection>& boxes) {
  for (Detection& box : boxes) {
    if (box.class_id == 5 || box.class_id == 7) box.class_id = kVehicle;
  }
  std::erase_if(boxes, [](const Detection& box) { return box.class_id != kPerson && box.class_id != kVehicle; });
}

std::int64_t last_extent(const TensorView& tensor) { return tensor.shape[tensor.shape.rank() - 1]; }

}  // namespace

OutputKind output_kind(std::span<const TensorInfo> outputs) {
  const auto named = [&](std::string_view start) {
    return std::ranges::any_of(outputs, [&](const TensorInfo& info) { return info.name.starts_with(start); });
  };
  if (named("scores_") && named("distances_")) return OutputKind::nanodet;
  const bool rows = outputs.size() == 1 && outputs[0].shape.rank() == 3 && outputs[0].shape[2] > 5;
  return rows ? OutputKind::yolox : OutputKind::plain;
}

Result<std::unique_ptr<WholeNetwork>> WholeNetwork::load(std::string_view network, const MeasureOptions& options) {
  auto plan = PreprocessPlan::create(options.input);
  if (!plan) return fail(plan.error());
  std::unique_ptr<WholeNetwork> whole(new WholeNetwork(options, std::move(*plan)));
  EngineOptions engine_options;
  engine_options.threads = options.threads;
  engine_options.input_shapes = {whole->input_.shape()};
  auto engine = load_engine(network, "the untouched network", engine_options);
  if (!engine) return fail(engine.error());
  auto session = (*engine)->make_session();
  if (!session) return fail(session.error());
  whole->session_ = std::move(*session);
  return whole;
}

Result<TensorView> WholeNetwork::prepare(const ImageView& image) {
  if (Status status = plan_.run(image, input_.as<float>()); !status) return fail(status.error());
  geometry_ = plan_.geometry(image.width, image.height);
  return input_.view();
}

Result<std::vector<Detection>> WholeNetwork::boxes(std::span<const TensorView> outputs) {
  std::vector<Detection> boxes;
  Status status;
  const int width = options_.input.width, height = options_.input.height;
  if (options_.kind == OutputKind::yolox) {
    status = decode_yolox(outputs[0], {width, height, 0, kLeastScore}, geometry_, boxes);
  } else if (options_.kind == OutputKind::nanodet) {
    const auto classes = std::ranges::min(outputs, {}, last_extent);
    status = decode_nanodet(outputs, {width, height, static_cast<int>(last_extent(classes)), kLeastScore, false},
                            geometry_, boxes);
  }
  if (!status) return fail(status.error());
  nms_.run(boxes, {.iou = kNmsOverlap});
  if (options_.kind == OutputKind::yolox && options_.road_classes) keep_road_classes(boxes);
  return boxes;
}

Result<std::vector<Detection>> WholeNetwork::detect(const ImageView& image) {
  const auto input = prepare(image);
  if (!input) return fail(input.error());
  const auto outputs = infer(*input);
  if (!outputs) return fail(outputs.error());
  return boxes(*outputs);
}

}  // namespace weir

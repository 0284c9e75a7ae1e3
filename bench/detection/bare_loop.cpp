// SPDX-License-Identifier: Apache-2.0
#include "bench/detection/bare_loop.hpp"

#include <algorithm>
#include <filesystem>

#include "bench/common/machine.hpp"
#include "kernels/detect/yolox_decode.hpp"

namespace weir::bench {
namespace {

constexpr float kScore = 0.1F;
constexpr NmsOptions kNms{.iou = 0.5F, .keep = 300};
constexpr const char* kRecording = "kitti_tracking/image_02/0002";
constexpr const char* kModel = "models/yolox_nano.onnx";

}  // namespace

Result<DetectionData> find_detection_data() {
  DetectionData data;
  data.folder = data_path(kRecording);
  data.model = data_path(kModel);
  for (const auto& [path, name] : {std::pair{data.folder, kRecording}, std::pair{data.model, kModel}}) {
    if (path.empty())
      return fail(Code::unavailable, std::string(name) + " is absent from the reference data; set WEIR_DATA");
  }
  for (const auto& entry : std::filesystem::directory_iterator(data.folder)) {
    if (entry.path().extension() == ".png") data.images.push_back(entry.path().string());
  }
  std::sort(data.images.begin(), data.images.end());
  return data;
}

BareLoop::BareLoop(PreprocessPlan plan, std::unique_ptr<Engine> engine, std::unique_ptr<Session> session, Shape shape)
    : plan_(std::move(plan)), engine_(std::move(engine)), session_(std::move(session)), input_(DType::f32, shape) {}

Result<std::unique_ptr<BareLoop>> BareLoop::create(const DetectionData& data) {
  auto plan = PreprocessPlan::create({.width = data.width, .height = data.height});
  if (!plan) return fail(plan.error());
  const Shape shape{1, 3, data.height, data.width};
  auto engine = load_engine(data.model, {.input_shapes = {shape}});
  if (!engine) return fail(engine.error());
  auto session = (*engine)->make_session();
  if (!session) return fail(session.error());
  return std::unique_ptr<BareLoop>(new BareLoop(*std::move(plan), *std::move(engine), *std::move(session), shape));
}

Status BareLoop::decode(const std::string& file) { return decoder_.read(file, frame_); }

Status BareLoop::detect() {
  if (Status status = plan_.run(frame_.image, input_.as<float>()); !status) return status;
  const TensorView input = input_.view();
  const auto outputs = session_->infer({&input, 1});
  if (!outputs) return outputs.error();
  found_.clear();
  const YoloxOptions options{plan_.options().width, plan_.options().height, 80, kScore};
  const ImageToTensor geometry = plan_.geometry(frame_.image.width, frame_.image.height);
  if (Status status = decode_yolox(outputs->front(), options, geometry, found_); !status) return status;
  boxes_.clear();
  for (Detection& box : found_) {
    box.box = clip(box.box, static_cast<float>(frame_.image.width), static_cast<float>(frame_.image.height));
    if (box.box.area() > 0) boxes_.push_back(box);
  }
  nms_.run(boxes_, kNms);
  return {};
}

std::string detection_launch(const DetectionData& data, int threads) {
  return "name: detection\nthreads: " + std::to_string(threads) +
         "\nanswer: detect\naccuracy: {frames: 0}\nstages:\n"
         "  camera: {use: ingest.kitti, fps: 10, labels: none, path: " +
         data.folder + "}\n  detect: {use: infer.detector, size: " + std::to_string(data.width) + "x" +
         std::to_string(data.height) + ", parallel: " + std::to_string(threads) + ", in: camera, model: " + data.model +
         "}\n";
}

}  // namespace weir::bench

// SPDX-License-Identifier: Apache-2.0
#include "train/detector/validation.hpp"

#include <iterator>
#include <opencv2/imgcodecs.hpp>

#include "engine/engine.hpp"
#include "kernels/detect/nanodet_decode.hpp"
#include "kernels/detect/nms.hpp"
#include "kernels/eval/kitti_format.hpp"
#include "kernels/eval/object_ap.hpp"
#include "kernels/image/preprocess.hpp"
#include "kernels/scene/road_scene.hpp"
#include "train/common/data/example.hpp"
#include "train/common/data/reading.hpp"

namespace weir::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> kTypes{"Car", "Pedestrian", "Cyclist"};
constexpr int kLastFrame = 66;
constexpr int kFirstObjectImage = 200;
constexpr std::uint64_t kValidationSeed = 500000;
constexpr int kSceneStep = 20;

Result<cv::Mat> picture(const fs::path& file) {
  ReadReport report;
  auto image = read_picture(file, report);
  if (!image) return fail(Code::not_found, file.string() + " cannot be read; validation needs every frame");
  return *image;
}

ImageView view_of_image(const cv::Mat& image) {
  return {image.data, image.cols, image.rows, static_cast<std::ptrdiff_t>(image.step), PixelFormat::bgr8};
}

}  // namespace

Result<ValidationSet> kitti_validation(const fs::path& data) {
  ValidationSet set{"KITTI tracking 0002, frames 0-66", {}, {}};
  const fs::path root = data / "kitti_tracking";
  auto text = read_text(root / "label_02" / "0002.txt");
  if (!text) return fail(text.error());
  set.frames.resize(kLastFrame + 1);
  for (int frame = 0; frame <= kLastFrame; ++frame) {
    std::string name = std::to_string(frame);
    name.insert(0, 6 - name.size(), '0');
    auto image = picture(root / "image_02" / "0002" / (name + ".png"));
    if (!image) return fail(image.error());
    set.images.push_back(std::move(*image));
    set.frames[static_cast<std::size_t>(frame)].frame = frame;
  }
  for (TruthRow& row : parse_tracking_truth(*text).rows) {
    if (row.frame <= kLastFrame) set.frames[static_cast<std::size_t>(row.frame)].truth.push_back(std::move(row.object));
  }
  return set;
}

Result<ValidationSet> kitti_object_validation(const fs::path& data) {
  ValidationSet set{"KITTI object, images from 000200 on", {}, {}};
  auto files = list_images(data / "kitti_object" / "image_2");
  if (!files) return fail(files.error());
  for (const fs::path& file : *files) {
    const int number = std::atoi(file.stem().c_str());
    if (number < kFirstObjectImage) continue;
    auto image = picture(file);
    if (!image) return fail(image.error());
    auto text = read_text(data / "kitti_object" / "label_2" / (file.stem().string() + ".txt"));
    if (!text) return fail(text.error());
    set.images.push_back(std::move(*image));
    set.frames.push_back({number, parse_object_labels(*text).rows, {}});
  }
  return set;
}

ValidationSet synthetic_validation(int scenes, int frames_per_scene) {
  ValidationSet set{"synthetic scene, seeds not trained on", {}, {}};
  for (int s = 0; s < scenes; ++s) {
    SceneOptions options;
    options.seed = kValidationSeed + static_cast<std::uint64_t>(s);
    RoadScene scene(options);
    for (int f = 0; f < frames_per_scene; ++f) {
      cv::Mat image(options.height, options.width, CV_8UC3);
      EvalFrame frame;
      frame.frame = s * frames_per_scene + f;
      scene.render(static_cast<std::uint64_t>(f) * kSceneStep,
                   {image.data, image.cols, image.rows, static_cast<std::ptrdiff_t>(image.step), PixelFormat::bgr8},
                   frame.truth);
      for (TruthBox& object : frame.truth) {
        // KITTI tells cars from trucks; the detector has one class for them, and finding one is no false alarm.
        if (object.type == "Van" || object.type == "Truck" || object.type == "Bus") object.type = "Car";
      }
      set.images.push_back(std::move(image));
      set.frames.push_back(std::move(frame));
    }
  }
  return set;
}

Result<std::vector<TypeScore>> validate(std::string_view model, const ValidationSet& set, int width, int height,
                                        int threads) {
  EngineOptions engine_options;
  engine_options.threads = threads;
  engine_options.input_shapes = {{1, 3, height, width}};
  auto engine = load_engine(model, "the trained detector", engine_options);
  if (!engine) return fail(engine.error());
  auto session = (*engine)->make_session();
  if (!session) return fail(session.error());
  auto plan = PreprocessPlan::create({.width = width, .height = height});
  if (!plan) return fail(plan.error());
  Tensor input(DType::f32, {1, 3, height, width});
  Nms nms;
  std::vector<EvalFrame> frames = set.frames;
  std::vector<Detection> found;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const cv::Mat& image = set.images[i];
    if (Status status = plan->run(view_of_image(image), input.as<float>()); !status) return fail(status.error());
    const TensorView view = input.view();
    auto outputs = (*session)->infer({&view, 1});
    if (!outputs) return fail(outputs.error());
    found.clear();
    const NanodetOptions decode{width, height, kRoadClasses, 0.02F, false};
    Status status = decode_nanodet(*outputs, decode, plan->geometry(image.cols, image.rows), found);
    if (!status) return fail(status.error());
    nms.run(found, {.iou = 0.55F});
    for (const Detection& detection : found) {
      if (detection.class_id >= static_cast<int>(kTypes.size())) continue;
      const Box box = clip(detection.box, static_cast<float>(image.cols), static_cast<float>(image.rows));
      frames[i].results.push_back({box, kTypes[static_cast<std::size_t>(detection.class_id)], detection.score, -1});
    }
  }
  std::vector<TypeScore> scores;
  for (const char* type : kTypes) {
    TypeScore row{type, {}};
    for (auto [overlap, ap] : {std::pair{0.5, &row.score.ap50}, std::pair{0.7, &row.score.ap70}}) {
      const ObjectApResult result = object_ap(frames, {type, overlap, LowResults::spared});
      *ap = result.at(Difficulty::moderate).interpolated;
      row.score.truth = result.at(Difficulty::moderate).truth;
    }
    scores.push_back(std::move(row));
  }
  return scores;
}

}  // namespace weir::train

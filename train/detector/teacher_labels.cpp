// SPDX-License-Identifier: Apache-2.0
#include "train/detector/teacher_labels.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <opencv2/core.hpp>
#include <utility>

#include "engine/engine.hpp"
#include "kernels/detect/nms.hpp"
#include "kernels/detect/yolox_decode.hpp"
#include "kernels/image/preprocess.hpp"

namespace weir::train {
namespace {

constexpr float kLeastScore = 0.05F;
constexpr float kSameObject = 0.55F;  // overlap from which boxes of two views are one object

int road_class(int coco) {
  switch (coco) {
    case 2:
    case 5:
    case 7:
      return kVehicle;
    case 0:
      return kPedestrian;
    case 1:
      return kCyclist;
    case 3:
      return kMotorcycle;
    default:
      return -1;
  }
}

/// The teacher at one input size.
struct SizedTeacher {
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Session> session;
  PreprocessPlan plan;
  Tensor input;
};

class Labeller {
 public:
  Labeller(const std::filesystem::path& model, const TeacherLabelOptions& options) : model_(model), options_(options) {}

  Status label(Example& example) {
    std::vector<LabelledBox> seen;
    for (const double size : options_.sizes) {
      for (const bool mirrored : {false, true}) {
        if (Status status = look(example.image, size, mirrored, seen); !status) return status;
      }
    }
    use(fuse(std::move(seen)), example);
    return {};
  }

 private:
  Status look(const cv::Mat& image, double size, bool mirrored, std::vector<LabelledBox>& seen) {
    const auto rounded = [&](int side) { return std::max(64, static_cast<int>(std::lround(side * size / 32)) * 32); };
    auto teacher = sized(rounded(image.cols), rounded(image.rows));
    if (!teacher) return teacher.error();
    cv::Mat turned;
    if (mirrored) {
      cv::flip(image, turned, 1);
    } else {
      turned = image;
    }
    const ImageView view{turned.data, turned.cols, turned.rows, static_cast<std::ptrdiff_t>(turned.step),
                         PixelFormat::bgr8};
    SizedTeacher& t = **teacher;
    if (Status status = t.plan.run(view, t.input.as<float>()); !status) return status;
    const TensorView input = t.input.view();
    auto outputs = t.session->infer({&input, 1});
    if (!outputs) return outputs.error();
    const YoloxOptions decode{t.plan.options().width, t.plan.options().height, 80, kLeastScore};
    found_.clear();
    Status status = decode_yolox((*outputs)[0], decode, t.plan.geometry(image.cols, image.rows), found_);
    if (!status) return status;
    std::erase_if(found_, [](const Detection& d) { return road_class(d.class_id) < 0; });
    for (Detection& detection : found_) detection.class_id = road_class(detection.class_id);
    nms_.run(found_, {.iou = 0.6F});
    for (const Detection& detection : found_) {
      Box box = clip(detection.box, static_cast<float>(image.cols), static_cast<float>(image.rows));
      if (mirrored) {
        const auto width = static_cast<float>(image.cols);
        box = {width - box.right, box.top, width - box.left, box.bottom};
      }
      if (box.width() >= 2 && box.height() >= 2) seen.push_back({box, detection.class_id, detection.score});
    }
    return {};
  }

  Result<SizedTeacher*> sized(int width, int height) {
    auto& slot = teachers_[{width, height}];
    if (slot) return slot.get();
    EngineOptions options;
    options.threads = options_.threads;
    options.input_shapes = {{1, 3, height, width}};
    auto engine = load_engine(model_, options);
    if (!engine) return fail(engine.error());
    auto session = (*engine)->make_session();
    if (!session) return fail(session.error());
    auto plan = PreprocessPlan::create({.width = width, .height = height});
    if (!plan) return fail(plan.error());
    slot = std::make_unique<SizedTeacher>(SizedTeacher{std::move(*engine), std::move(*session), std::move(*plan),
                                                       Tensor(DType::f32, {1, 3, height, width})});
    return slot.get();
  }

  /// Boxes of one class that overlap become one, its sides weighted by their scores.
  std::vector<LabelledBox> fuse(std::vector<LabelledBox> boxes) const {
    std::ranges::stable_sort(boxes, [](const LabelledBox& a, const LabelledBox& b) { return a.score > b.score; });
    struct Cluster {
      LabelledBox fused;
      double weight = 0;
    };
    std::vector<Cluster> clusters;
    for (const LabelledBox& box : boxes) {
      const auto same = std::ranges::find_if(clusters, [&](const Cluster& cluster) {
        return cluster.fused.label == box.label && iou(cluster.fused.box, box.box) > kSameObject;
      });
      if (same == clusters.end()) {
        clusters.push_back({box, box.score});
        continue;
      }
      const double sum = same->weight + box.score;
      const auto mix = [&](float a, float b) { return static_cast<float>((a * same->weight + b * box.score) / sum); };
      Box& to = same->fused.box;
      to = {mix(to.left, box.box.left), mix(to.top, box.box.top), mix(to.right, box.box.right),
            mix(to.bottom, box.box.bottom)};
      same->weight = sum;
    }
    std::vector<LabelledBox> fused;
    for (const Cluster& cluster : clusters) {
      fused.push_back(cluster.fused);
      fused.back().score = static_cast<float>(std::min(1.0, cluster.weight / (2.0 * options_.sizes.size())));
    }
    return fused;
  }

  void use(const std::vector<LabelledBox>& fused, Example& example) const {
    for (const LabelledBox& box : fused) {
      if (!example.labelled) {
        if (box.score >= options_.keep) {
          example.boxes.push_back(box);
        } else if (box.score >= options_.doubt) {
          example.ignored.push_back(box.box);
        }
        continue;
      }
      if (box.score < options_.overlooked) continue;
      const bool known = std::ranges::any_of(example.boxes, [&](const LabelledBox& label) {
        return intersect(label.box, box.box).area() > 0.4F * box.box.area();
      });
      if (!known) example.ignored.push_back(box.box);
    }
    example.labelled = true;
  }

  std::filesystem::path model_;
  TeacherLabelOptions options_;
  std::map<std::pair<int, int>, std::unique_ptr<SizedTeacher>> teachers_;
  std::vector<Detection> found_;
  Nms nms_;
};

}  // namespace

Status label_by_teacher(const std::filesystem::path& model, std::vector<Example>& examples,
                        const TeacherLabelOptions& options, const std::function<void(std::size_t)>& progress) {
  Labeller labeller(model, options);
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (Status status = labeller.label(examples[i]); !status) return status;
    progress(i + 1);
  }
  return {};
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/augment_place.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace weir::train {
namespace {

constexpr double kUnitHeight = 375;  // rows of a KITTI image
constexpr double kPadding = 114;     // the grey that YOLO detectors pad with

/// Where one side of the target begins in the enlarged image: any place that leaves no avoidable padding and, when
/// there is an object to look at, shows the middle of it.
double choose_start(double shown, double size, const double* middle, Random& random) {
  double low = std::min(0.0, shown - size), high = std::max(0.0, shown - size);
  if (middle != nullptr) {
    low = std::clamp(*middle - 0.9 * size, low, high);
    high = std::clamp(*middle - 0.1 * size, low, high);
  }
  return random.uniform(low, high);
}

/// One side of what is drawn: pixels [from, from + length) of the image become [to, to + drawn) of the target.
struct Side {
  int from = 0, length = 0, to = 0, drawn = 0;

  double scale() const { return static_cast<double>(drawn) / length; }
  float map(float at) const { return static_cast<float>(to + (at - from) * scale()); }
};

/// Rounds a side of the window to whole pixels of both images, so that boxes can follow the picture exactly.
Side cut_side(int image, int target, double scale, double start) {
  Side side;
  side.to = static_cast<int>(std::clamp(std::ceil(-start), 0.0, static_cast<double>(target)));
  const int end = static_cast<int>(std::clamp(std::floor(image * scale - start), 0.0, static_cast<double>(target)));
  side.drawn = end - side.to;
  if (side.drawn <= 0) return {};
  side.from = std::clamp(static_cast<int>(std::lround((start + side.to) / scale)), 0, image - 1);
  side.length = std::clamp(static_cast<int>(std::lround((start + end) / scale)), side.from + 1, image) - side.from;
  return side;
}

void draw(const cv::Mat& image, const Side& x, const Side& y, bool mirrored, cv::Mat target) {
  if (x.drawn < target.cols || y.drawn < target.rows) target.setTo(cv::Scalar::all(kPadding));
  if (x.drawn <= 0 || y.drawn <= 0) return;
  cv::Mat drawn = target(cv::Rect(x.to, y.to, x.drawn, y.drawn));
  const bool shrinks = std::min(x.scale(), y.scale()) < 0.5;
  cv::resize(image(cv::Rect(x.from, y.from, x.length, y.length)), drawn, drawn.size(), 0, 0,
             shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  if (mirrored) cv::flip(target, target, 1);
}

}  // namespace

double unit_scale(const cv::Mat& image) { return kUnitHeight / std::max(1, image.rows); }

Window choose_window(const Example& example, cv::Size size, double max_scale, const AugmentOptions& options,
                     Random& random) {
  Window window;
  const double scale =
      unit_scale(example.image) * std::exp(random.uniform(std::log(options.min_scale), std::log(max_scale)));
  const double stretch = std::exp(random.uniform(-0.5, 0.5) * std::log1p(options.aspect));
  window.scale_x = scale * stretch;
  window.scale_y = scale / stretch;
  double middle_x = 0, middle_y = 0;
  const bool focused = random.uniform() < options.focus && !example.boxes.empty();
  if (focused) {
    const Box& box = example.boxes[random.below(example.boxes.size())].box;
    middle_x = window.scale_x * box.center_x();
    middle_y = window.scale_y * box.center_y();
  }
  window.left = choose_start(window.scale_x * example.image.cols, size.width, focused ? &middle_x : nullptr, random);
  window.top = choose_start(window.scale_y * example.image.rows, size.height, focused ? &middle_y : nullptr, random);
  window.mirrored = random.uniform() < options.flip;
  return window;
}

void show(const Example& example, const Window& window, const cv::Rect& target, const AugmentOptions& options,
          AugmentedExample& out) {
  const Side x = cut_side(example.image.cols, target.width, window.scale_x, window.left);
  const Side y = cut_side(example.image.rows, target.height, window.scale_y, window.top);
  draw(example.image, x, y, window.mirrored, out.image(target));

  const Box whole{static_cast<float>(target.x), static_cast<float>(target.y), static_cast<float>(target.br().x),
                  static_cast<float>(target.br().y)};
  if (!example.labelled) {
    out.ignored.push_back(whole);
    return;
  }
  out.labelled = true;
  if (x.drawn <= 0 || y.drawn <= 0) return;
  const auto placed = [&](const Box& box) {
    Box at{x.map(box.left), y.map(box.top), x.map(box.right), y.map(box.bottom)};
    if (window.mirrored) {
      const auto width = static_cast<float>(target.width);
      at = {width - at.right, at.top, width - at.left, at.bottom};
    }
    return Box{at.left + whole.left, at.top + whole.top, at.right + whole.left, at.bottom + whole.top};
  };
  const auto side = static_cast<float>(options.keep_side);
  for (const LabelledBox& object : example.boxes) {
    const Box full = placed(object.box), seen = intersect(full, whole);
    if (seen.width() <= 0 || seen.height() <= 0) continue;
    const bool enough = seen.area() >= options.keep_area * full.area();
    if (enough && seen.width() >= side && seen.height() >= side) {
      out.boxes.push_back({seen, object.label, object.score});
    } else {
      out.ignored.push_back(seen);
    }
  }
  for (const Box& region : example.ignored) {
    const Box seen = intersect(placed(region), whole);
    if (seen.width() > 0 && seen.height() > 0) out.ignored.push_back(seen);
  }
}

}  // namespace weir::train

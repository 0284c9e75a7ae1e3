// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/augment_paste.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "train/common/data/augment_place.hpp"

namespace weir::train {
namespace {

constexpr float kSureScore = 0.6F;
constexpr float kLeastSource = 16;     // pixels a donor's object must have on each side, or it is a blur
constexpr double kLeastPasted = 8;     // pixels
constexpr double kLargestShare = 0.8;  // of the crop's sides
constexpr double kMargin = 0.06;       // of the object's sides: what is faded out around it
constexpr float kMostHidden = 1.F / 3;
constexpr int kPlaces = 6;

bool is_covered(const Example& donor, const LabelledBox& object) {
  return std::any_of(donor.boxes.begin(), donor.boxes.end(), [&](const LabelledBox& other) {
    return &other != &object && intersect(object.box, other.box).area() > 0.2F * object.box.area();
  });
}

const LabelledBox* choose_object(const Example& donor, Random& random) {
  if (donor.boxes.empty()) return nullptr;
  const LabelledBox& object = donor.boxes[random.below(donor.boxes.size())];
  const bool large = std::min(object.box.width(), object.box.height()) >= kLeastSource;
  return object.score > kSureScore && large && !is_covered(donor, object) ? &object : nullptr;
}

bool hides_too_much(const Box& pasted, const AugmentedExample& out) {
  return std::any_of(out.boxes.begin(), out.boxes.end(), [&](const LabelledBox& other) {
    return intersect(pasted, other.box).area() > kMostHidden * std::min(pasted.area(), other.box.area());
  });
}

/// A place for an object of that size within the crop.
std::optional<cv::Point> choose_place(cv::Size size, const AugmentedExample& out, Random& random) {
  for (int i = 0; i < kPlaces; ++i) {
    cv::Point at;
    at.x = static_cast<int>(random.uniform() * (out.image.cols - size.width + 1));
    at.y = static_cast<int>(random.uniform() * (out.image.rows - size.height + 1));
    const Box box{static_cast<float>(at.x), static_cast<float>(at.y), static_cast<float>(at.x + size.width),
                  static_cast<float>(at.y + size.height)};
    if (!hides_too_much(box, out)) return at;
  }
  return std::nullopt;
}

/// How much of the patch is seen `i` pixels from one end of a side, in 1/256: rising over the margin.
int opacity(int i, int length, int margin) {
  return std::min(256, 256 * (std::min(i, length - 1 - i) + 1) / (margin + 1));
}

/// Blends the patch over the crop at `at`; parts outside the crop are left out.
void blend(const cv::Mat& patch, cv::Point at, cv::Size margin, cv::Mat& crop) {
  const cv::Rect seen = cv::Rect(at, patch.size()) & cv::Rect(cv::Point(), crop.size());
  for (int y = seen.y; y < seen.br().y; ++y) {
    const unsigned char* from = patch.ptr(y - at.y) + static_cast<std::ptrdiff_t>(seen.x - at.x) * 3;
    unsigned char* to = crop.ptr(y) + static_cast<std::ptrdiff_t>(seen.x) * 3;
    const int row = opacity(y - at.y, patch.rows, margin.height);
    for (int x = seen.x; x < seen.br().x; ++x) {
      const int share = row * opacity(x - at.x, patch.cols, margin.width) / 256;
      for (int c = 0; c < 3; ++c, ++from, ++to) {
        *to = static_cast<unsigned char>(*to + (*from - *to) * share / 256);
      }
    }
  }
}

}  // namespace

void ObjectPaster::paste(const Example& donor, const AugmentOptions& options, Random& random, AugmentedExample& out) {
  const LabelledBox* object = choose_object(donor, random);
  if (object == nullptr) return;
  const double scale =
      unit_scale(donor.image) * std::exp(random.uniform(std::log(options.min_scale), std::log(options.max_scale)));
  const double width = object->box.width() * scale, height = object->box.height() * scale;
  if (std::min(width, height) < kLeastPasted || width > kLargestShare * out.image.cols ||
      height > kLargestShare * out.image.rows) {
    return;
  }
  const cv::Size size(static_cast<int>(std::lround(width)), static_cast<int>(std::lround(height)));
  const std::optional<cv::Point> at = choose_place(size, out, random);
  if (!at) return;

  // The margin is taken from the donor too, as far as its image reaches.
  const double margin_x = std::ceil(kMargin * width) / scale, margin_y = std::ceil(kMargin * height) / scale;
  const cv::Rect wanted(cv::Point(static_cast<int>(std::lround(object->box.left - margin_x)),
                                  static_cast<int>(std::lround(object->box.top - margin_y))),
                        cv::Point(static_cast<int>(std::lround(object->box.right + margin_x)),
                                  static_cast<int>(std::lround(object->box.bottom + margin_y))));
  const cv::Rect source = wanted & cv::Rect(cv::Point(), donor.image.size());
  const cv::Size shown(std::max(1, static_cast<int>(std::lround(source.width * scale))),
                       std::max(1, static_cast<int>(std::lround(source.height * scale))));
  const bool mirrored = random.uniform() < options.flip;
  cv::resize(donor.image(source), patch_, shown, 0, 0, scale < 0.5 ? cv::INTER_AREA : cv::INTER_LINEAR);
  double before = (object->box.left - source.x) * scale;
  if (mirrored) {
    cv::flip(patch_, patch_, 1);
    before = (source.br().x - object->box.right) * scale;
  }
  const cv::Point corner(at->x - static_cast<int>(std::lround(before)),
                         at->y - static_cast<int>(std::lround((object->box.top - source.y) * scale)));
  blend(patch_, corner, cv::Size(static_cast<int>(margin_x * scale), static_cast<int>(margin_y * scale)), out.image);
  out.boxes.push_back({{static_cast<float>(at->x), static_cast<float>(at->y), static_cast<float>(at->x + size.width),
                        static_cast<float>(at->y + size.height)},
                       object->label,
                       object->score});
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/augment.hpp"

#include <array>
#include <opencv2/core.hpp>

#include "kernels/base/random.hpp"

namespace weir::train {
namespace {

constexpr double kMosaicEnlarges = 0.7;  // of the largest scale: a quarter of a crop shows little
constexpr int kDonorTries = 4;

/// The random numbers of one crop. Each step goes through next(), so that neighbouring crops share no stretch.
Random random_of(std::uint64_t seed, std::size_t index, std::uint64_t draw) {
  const std::uint64_t run = derive_seed(seed, "augment");
  return Random(Random(Random(run + draw).next() + index).next());
}

/// Draws the images that join pool[index].
class Partners {
 public:
  Partners(std::span<const Example> pool, std::span<const std::size_t> chosen) : pool_(pool), chosen_(chosen) {}

  const Example& draw(Random& random) const {
    return chosen_.empty() ? pool_[random.below(pool_.size())] : pool_[chosen_[random.below(chosen_.size())]];
  }

 private:
  std::span<const Example> pool_;
  std::span<const std::size_t> chosen_;
};

/// Four images around a random middle; `example` gets one of the quarters.
void show_mosaic(const Example& example, const Partners& partners, const AugmentOptions& options, Random& random,
                 AugmentedExample& out) {
  const int x = static_cast<int>(options.width * random.uniform(0.3, 0.7));
  const int y = static_cast<int>(options.height * random.uniform(0.3, 0.7));
  const std::array<cv::Rect, 4> quarters{cv::Rect(0, 0, x, y), cv::Rect(x, 0, options.width - x, y),
                                         cv::Rect(0, y, x, options.height - y),
                                         cv::Rect(x, y, options.width - x, options.height - y)};
  const std::size_t own = random.below(quarters.size());
  const double max_scale = std::max(options.min_scale, kMosaicEnlarges * options.max_scale);
  for (std::size_t i = 0; i < quarters.size(); ++i) {
    const Example& shown = i == own ? example : partners.draw(random);
    show(shown, choose_window(shown, quarters[i].size(), max_scale, options, random), quarters[i], options, out);
  }
}

}  // namespace

Augmenter::Augmenter(const AugmentOptions& options, std::uint64_t seed)
    : options_(options), seed_(seed), light_(options, seed) {}

AugmentedExample Augmenter::make(std::span<const Example> pool, std::size_t index, std::uint64_t draw,
                                 std::span<const std::size_t> chosen) {
  Random random = random_of(seed_, index, draw);
  const Partners partners(pool, chosen);
  const Example& example = pool[index];
  AugmentedExample out;
  out.image.create(options_.height, options_.width, CV_8UC3);
  if (random.uniform() < options_.mosaic) {
    show_mosaic(example, partners, options_, random, out);
  } else {
    const cv::Rect whole(0, 0, options_.width, options_.height);
    show(example, choose_window(example, whole.size(), options_.max_scale, options_, random), whole, options_, out);
  }
  if (random.uniform() < options_.paste && out.labelled) {
    const std::uint64_t objects = 1 + random.below(3);
    const std::size_t before = out.boxes.size();
    for (std::uint64_t i = 0; i < objects * kDonorTries && out.boxes.size() < before + objects; ++i) {
      paster_.paste(partners.draw(random), options_, random, out);
    }
  }
  light_.change(options_, random, out.image);
  return out;
}

}  // namespace weir::train

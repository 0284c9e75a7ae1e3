// SPDX-License-Identifier: Apache-2.0
#include "train/classify/batches.hpp"

#include <array>
#include <cstdlib>
#include <numeric>
#include <vector>

namespace weir::train {
namespace {

constexpr int kShiftShare = 16;

ClassifyBatch empty_batch(const ImageSet& set, std::size_t count) {
  const auto n = static_cast<std::int64_t>(count);
  // The pixels of an image are blue, green, red in turn: that is channels last already.
  return {torch::empty({n, set.height, set.width, 3}).permute({0, 3, 1, 2}), torch::empty({n}, torch::kLong)};
}

float* pixels_of(ClassifyBatch& batch, std::size_t i, const ImageSet& set) {
  return static_cast<float*>(batch.images.data_ptr()) + i * set.image_bytes();
}

/// Where a coordinate outside [0, size) is mirrored to.
int mirrored(int at, int size) {
  at = std::abs(at);
  return at < size ? at : 2 * (size - 1) - at;
}

bool flipped(std::size_t index, std::int64_t pass) {
  return ((Random(index).next() ^ static_cast<std::uint64_t>(pass)) & 1) != 0;
}

/// One image, moved by (dx, dy) and flipped.
void place(const ImageSet& set, const std::uint8_t* from, int dx, int dy, bool flip, float* to) {
  for (int y = 0; y < set.height; ++y) {
    const std::uint8_t* row = from + static_cast<std::ptrdiff_t>(mirrored(y + dy, set.height)) * set.width * 3;
    for (int x = 0; x < set.width; ++x) {
      const std::uint8_t* pixel = row + 3 * mirrored((flip ? set.width - 1 - x : x) + dx, set.width);
      for (int c = 0; c < 3; ++c) *to++ = static_cast<float>(pixel[c]) * (1.0F / 255);
    }
  }
}

}  // namespace

ClassifyBatch augmented_batch(const ImageSet& set, std::span<const std::size_t> indices, std::int64_t pass,
                              Random random) {
  ClassifyBatch batch = empty_batch(set, indices.size());
  auto* labels = batch.labels.data_ptr<std::int64_t>();
  const auto shift = [&](int size) {
    const int most = size / kShiftShare;
    return static_cast<int>(random.below(static_cast<std::uint64_t>(2 * most + 1))) - most;
  };
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const int dx = shift(set.width), dy = shift(set.height);
    place(set, set.image(indices[i]), dx, dy, flipped(indices[i], pass), pixels_of(batch, i, set));
    labels[i] = set.labels[indices[i]];
  }
  return batch;
}

ClassifyBatch plain_batch(const ImageSet& set, std::span<const std::size_t> indices) {
  ClassifyBatch batch = empty_batch(set, indices.size());
  auto* labels = batch.labels.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    place(set, set.image(indices[i]), 0, 0, false, pixels_of(batch, i, set));
    labels[i] = set.labels[indices[i]];
  }
  return batch;
}

ClassifyBatch plain_batch(const ImageSet& set, std::size_t first, std::size_t count) {
  std::vector<std::size_t> indices(count);
  std::iota(indices.begin(), indices.end(), first);
  return plain_batch(set, indices);
}

}  // namespace weir::train

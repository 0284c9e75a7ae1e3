// SPDX-License-Identifier: Apache-2.0
#include "kernels/detect/nanodet_decode.hpp"

#include <cmath>
#include <string>

#include "kernels/detect/decode.hpp"

namespace weir {
namespace {

constexpr int kStrides[] = {8, 16, 32};
constexpr std::int64_t kSides = 4;
constexpr std::int64_t kMaxBins = 32;

struct Level {
  const float* scores = nullptr;
  const float* sides = nullptr;
  std::int64_t bins = 0;
};

bool is_sides(const Shape& s) { return s[2] % kSides == 0 && s[2] >= 2 * kSides && s[2] <= kMaxBins * kSides; }

std::string list(std::span<const TensorView> outputs) {
  std::string text;
  for (const TensorView& t : outputs) {
    if (!text.empty()) text += ", ";
    text.append(to_string(t.dtype)).append(" ").append(t.shape.text());
  }
  return text.empty() ? "none" : text;
}

Result<Level> find_level(std::span<const TensorView> outputs, const NanodetOptions& options, int stride) {
  const std::int64_t cells = grid_extent(options.input_width, stride) * grid_extent(options.input_height, stride);
  Level level;
  for (const TensorView& t : outputs) {
    const Shape& s = t.shape;
    if (t.dtype != DType::f32 || t.data == nullptr || s.rank() != 3 || s[0] != 1 || s[1] != cells) continue;
    if (s[2] == options.classes) {
      level.scores = static_cast<const float*>(t.data);
    } else if (is_sides(s)) {
      level.sides = static_cast<const float*>(t.data);
      level.bins = s[2] / kSides;
    }
  }
  if (level.scores != nullptr && level.sides != nullptr) return level;
  return fail(Code::invalid, "NanoDet decoder found no f32 1x" + std::to_string(cells) + "x" +
                                 (level.scores == nullptr ? std::to_string(options.classes) : "(4*bins)") +
                                 " for stride " + std::to_string(stride) + " and an input of " +
                                 std::to_string(options.input_width) + "x" + std::to_string(options.input_height) +
                                 " among the outputs " + list(outputs) + "; check that the model is a NanoDet with " +
                                 std::to_string(options.classes) + " classes");
}

// The mean of the softmax over `bins` values.
float expected_bin(const float* logits, std::int64_t bins) {
  const float top = max_value({logits, static_cast<std::size_t>(bins)});
  float sum = 0, weighted = 0;
  for (std::int64_t i = 0; i < bins; ++i) {
    const float e = std::exp(logits[i] - top);
    sum += e;
    weighted += e * static_cast<float>(i);
  }
  return weighted / sum;
}

void decode_level(const Level& level, const NanodetOptions& options, int stride, const ImageToTensor& geometry,
                  std::vector<Detection>& boxes) {
  const auto size = static_cast<float>(stride);
  const auto columns = static_cast<int>(grid_extent(options.input_width, stride));
  const auto lines = static_cast<int>(grid_extent(options.input_height, stride));
  const auto classes = static_cast<std::size_t>(options.classes);
  // The sigmoid rises steadily: compare logits, and take it only of what is kept.
  const float least =
      options.sigmoid ? std::log(options.score_threshold / (1 - options.score_threshold)) : options.score_threshold;
  std::size_t cell = 0;
  for (int line = 0; line < lines; ++line) {
    for (int column = 0; column < columns; ++column, ++cell) {
      const std::span<const float> scores(level.scores + cell * classes, classes);
      const float best = max_value(scores);
      if (!(best >= least) || !std::isfinite(best)) continue;
      const float* sides = level.sides + cell * static_cast<std::size_t>(kSides * level.bins);
      std::array<float, 4> distance;
      for (std::size_t k = 0; k < distance.size(); ++k) {
        distance[k] = size * expected_bin(sides + static_cast<std::int64_t>(k) * level.bins, level.bins);
      }
      const float x = (static_cast<float>(column) + 0.5F) * size, y = (static_cast<float>(line) + 0.5F) * size;
      const Box box = geometry.to_image({x - distance[0], y - distance[1], x + distance[2], y + distance[3]});
      const float score = options.sigmoid ? 1 / (1 + std::exp(-best)) : best;
      if (finite(box)) boxes.push_back({box, score, index_of(scores, best)});
    }
  }
}

}  // namespace

Status decode_nanodet(std::span<const TensorView> outputs, const NanodetOptions& options, const ImageToTensor& geometry,
                      std::vector<Detection>& boxes) {
  if (options.input_width < 1 || options.input_height < 1 || options.classes < 1) {
    return {Code::internal, "NanoDet decoder was given the input size " + std::to_string(options.input_width) + "x" +
                                std::to_string(options.input_height) + " and " + std::to_string(options.classes) +
                                " classes; set them to the network's"};
  }
  std::array<Level, std::size(kStrides)> levels;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    auto level = find_level(outputs, options, kStrides[i]);
    if (!level) return level.error();
    levels[i] = *level;
  }
  for (std::size_t i = 0; i < levels.size(); ++i) decode_level(levels[i], options, kStrides[i], geometry, boxes);
  return {};
}

bool has_logits(std::span<const TensorView> outputs, int classes) {
  for (const TensorView& t : outputs) {
    if (t.shape.rank() != 3 || t.shape[2] != classes) continue;
    const auto values = t.as<float>();
    if (std::any_of(values.begin(), values.end(), [](float v) { return v < 0 || v > 1; })) return true;
  }
  return false;
}

}  // namespace weir

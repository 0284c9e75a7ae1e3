// SPDX-License-Identifier: Apache-2.0
#include "kernels/detect/yolox_decode.hpp"

#include <cmath>
#include <string>

#include "kernels/detect/decode.hpp"

namespace weir {
namespace {

constexpr int kStrides[] = {8, 16, 32};
constexpr std::int64_t kBoxValues = 5;  // x, y, log w, log h, objectness

Status check(const TensorView& output, const YoloxOptions& options) {
  if (options.input_width < 1 || options.input_height < 1) {
    return {Code::internal, "YOLOX decoder was given the input size " + std::to_string(options.input_width) + "x" +
                                std::to_string(options.input_height) + "; set both to the network's"};
  }
  std::int64_t cells = 0;
  for (const int stride : kStrides) {
    cells += grid_extent(options.input_width, stride) * grid_extent(options.input_height, stride);
  }
  const Shape& s = output.shape;
  const bool classes_fit =
      s.rank() == 3 && (options.classes > 0 ? s[2] == kBoxValues + options.classes : s[2] > kBoxValues);
  if (output.dtype == DType::f32 && output.data != nullptr && classes_fit && s[0] == 1 && s[1] == cells) return {};
  const std::string last = options.classes > 0 ? std::to_string(kBoxValues + options.classes) : "5+classes";
  return {Code::invalid, "YOLOX decoder got an output of " + std::string(to_string(output.dtype)) + " " + s.text() +
                             "; an input of " + std::to_string(options.input_width) + "x" +
                             std::to_string(options.input_height) + " gives f32 1x" + std::to_string(cells) + "x" +
                             last +
                             "; check that the model is a YOLOX exported without decoding and that its classes match"};
}

Box decode_box(const float* row, int column, int line, int stride) {
  const float x = (row[0] + static_cast<float>(column)) * static_cast<float>(stride);
  const float y = (row[1] + static_cast<float>(line)) * static_cast<float>(stride);
  const float half_width = 0.5F * std::exp(row[2]) * static_cast<float>(stride);
  const float half_height = 0.5F * std::exp(row[3]) * static_cast<float>(stride);
  return {x - half_width, y - half_height, x + half_width, y + half_height};
}

}  // namespace

Status decode_yolox(const TensorView& output, const YoloxOptions& options, const ImageToTensor& geometry,
                    std::vector<Detection>& boxes) {
  if (Status s = check(output, options); !s) return s;
  const auto step = static_cast<std::size_t>(output.shape[2]);
  const float* row = static_cast<const float*>(output.data);
  for (const int stride : kStrides) {
    const auto columns = static_cast<int>(grid_extent(options.input_width, stride));
    const auto lines = static_cast<int>(grid_extent(options.input_height, stride));
    for (int line = 0; line < lines; ++line) {
      for (int column = 0; column < columns; ++column, row += step) {
        // A class score is at most 1, so objectness alone rules out nearly every cell.
        if (!(row[4] >= options.score_threshold)) continue;
        const std::span<const float> scores(row + kBoxValues, step - kBoxValues);
        const float best = max_value(scores);
        const float score = row[4] * best;
        if (!(score >= options.score_threshold) || !std::isfinite(score)) continue;
        const Box box = geometry.to_image(decode_box(row, column, line, stride));
        if (finite(box)) boxes.push_back({box, score, index_of(scores, best)});
      }
    }
  }
  return {};
}

}  // namespace weir

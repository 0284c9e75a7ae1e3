// SPDX-License-Identifier: Apache-2.0
#include "app/model_size.hpp"

#include <charconv>

namespace weir::app {

Result<std::vector<Shape>> input_size(const std::string& text, const OnnxModel& model) {
  if (text.empty()) return std::vector<Shape>{};
  std::int64_t width = 0, height = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, width);
  const bool cross = first.ec == std::errc() && first.ptr != end && *first.ptr == 'x';
  const auto second = cross ? std::from_chars(first.ptr + 1, end, height) : first;
  constexpr std::int64_t kMost = 16384;
  if (!cross || second.ec != std::errc() || second.ptr != end || width < 1 || height < 1 || width > kMost ||
      height > kMost) {
    return fail(Code::invalid, "--size is \"" + text + "\"; give width x height in pixels, for example 640x192");
  }
  const bool open_batch = !model.inputs.empty() && model.inputs[0].shape.rank() == 4 && model.inputs[0].shape[0] < 1;
  return std::vector<Shape>{Shape{open_batch ? 1 : -1, -1, height, width}};
}

Error explained(Error error, const std::string& file, const std::string& size) {
  error.text = "model " + file + ": " + error.text;
  if (size.empty() && error.code == Code::invalid) error.text += " by --size WIDTHxHEIGHT";
  return error;
}

}  // namespace weir::app

// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/detector_options.hpp"

namespace weir {

std::string_view to_string(Decoder decoder) {
  if (decoder == Decoder::yolox) return "yolox";
  return decoder == Decoder::nanodet ? "nanodet" : "weir";
}

Decoder decoder_named(std::string_view name) {
  if (name == "nanodet") return Decoder::nanodet;
  return name == "weir" ? Decoder::weir : Decoder::yolox;
}

PreprocessOptions preprocess_options(const DetectorOptions& options) {
  PreprocessOptions result;
  result.width = options.native ? kCoarsestStride : options.width;
  result.height = options.native ? kCoarsestStride : options.height;
  result.fit = options.native ? Fit::pad : options.fit;
  result.rgb = options.rgb;
  if (options.decoder == Decoder::nanodet) {
    // The grey levels NanoDet's weights were trained with.
    result.mean = {103.53F, 116.28F, 123.675F};
    result.std = {57.375F, 57.12F, 58.395F};
  }
  for (std::size_t i = 0; i < 3; ++i) {
    if (options.mean.size() == 3) result.mean[i] = static_cast<float>(options.mean[i]);
    if (options.std.size() == 3) result.std[i] = static_cast<float>(options.std[i]);
  }
  return result;
}

}  // namespace weir

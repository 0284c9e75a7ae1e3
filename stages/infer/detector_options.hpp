// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.hpp"
#include "kernels/detect/detection.hpp"
#include "kernels/image/preprocess.hpp"

namespace weir {

/// How a detector's outputs are read.
enum class Decoder : std::uint8_t {
  yolox,
  nanodet,
  weir,  ///< nanodet's outputs, the image as it is
};

/// "yolox", "nanodet" or "weir".
std::string_view to_string(Decoder decoder);

/// The decoder of that name; any other name is yolox, which most detectors follow.
Decoder decoder_named(std::string_view name);

/// All that tells one detector from another.
struct DetectorOptions {
  std::string model;
  Decoder decoder = Decoder::yolox;
  EngineOptions engine;
  int width = 0;  ///< of the network's input; 0: as in the file
  int height = 0;
  bool native = false;   ///< the input is as large as the image, at its own scale; width, height and fit do not count
  int most_side = 1920;  ///< native: larger images are scaled down to this, a multiple of 32
  int fixed_sizes = 16;  ///< native: most input sizes that get a compiled network of their own
  Fit fit = Fit::stretch;
  bool rgb = false;
  std::vector<double> mean;  ///< three, or empty for the decoder's own
  std::vector<double> std;
  float score = 0.1F;
  ClassNames classes;
  std::vector<std::int32_t> class_map;  ///< by model class: the class it is reported as, or -1 to leave it out
};

/// A network's input must be a whole number of cells of its coarsest stride.
inline constexpr int kCoarsestStride = 32;

/// How pixels become the input of such a detector.
PreprocessOptions preprocess_options(const DetectorOptions& options);

}  // namespace weir

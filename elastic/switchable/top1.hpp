// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elastic/switchable/session.hpp"
#include "kernels/image/image_view.hpp"
#include "kernels/image/preprocess.hpp"

namespace weir {

/// Images with the number of the class that each shows; as many labels as images.
struct LabelledImages {
  std::span<const ImageView> images;
  std::span<const int> labels;
};

/// What one setup of a classifier costs and keeps.
struct SetupTop1 {
  std::string setup;
  double top1 = 0;          ///< share of images whose highest score is their class's
  double bytes = 0;         ///< of an image, mean, by SymbolCost over the images in their order
  double packed_bytes = 0;  ///< of an image: its symbols at the setup's bits, without entropy coding
};

/// Runs head and tail in every setup, image by image at batch 1, by the engine. The models are bytes of ONNX files; the
/// first output holds the scores. Errors: those of load_engine; Code::invalid when there is no image, or not one label
/// for each.
Result<std::vector<SetupTop1>> measure_top1(std::string_view head, std::string_view tail,
                                            const SwitchableSetups& setups, const LabelledImages& set,
                                            const PreprocessOptions& input, int threads = 1);

/// The same share for a network without setups.
Result<double> network_top1(std::string_view network, const LabelledImages& set, const PreprocessOptions& input,
                            int threads = 1);

}  // namespace weir

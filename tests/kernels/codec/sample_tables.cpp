// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "tests/kernels/codec/feature_samples.hpp"

namespace weir::test {

CalibrationOptions sample_options() {
  CalibrationOptions options;
  options.model_hash = kSampleModel;
  options.sensitivity = {4, 1, 2, 0.5F, 1, 3};
  options.rungs = {{.name = "8 bits", .bits = 8},
                   {.name = "4 bits", .bits = 4},
                   {.name = "2 bits", .bits = 2},
                   {.name = "1 bit", .bits = 1},
                   {.name = "half", .channels = 3, .bits = 6},
                   {.name = "allocated", .noise = 0.4F, .hold = 0.2F}};
  return options;
}

std::shared_ptr<const CodeTables> sample_tables(std::uint64_t seed) {
  const FeatureStream stream(seed, kSampleChannels, kSampleHeight, kSampleWidth);
  std::vector<Tensor> tensors;
  for (int t = 0; t < 12; ++t) tensors.push_back(stream.at(t));
  std::vector<std::vector<TensorView>> recordings(1);
  for (const Tensor& tensor : tensors) recordings[0].push_back(tensor.view());
  auto tables = calibrate(recordings, sample_options());
  if (!tables) std::abort();
  return *tables;
}

}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "elastic/split.hpp"
#include "engine/engine.hpp"
#include "kernels/codec/code_tables.hpp"
#include "stages/infer/detector_options.hpp"

namespace weir {

/// What both sides of a split detector must agree on.
struct SplitSettings {
  std::string model;              ///< ONNX file of the whole network
  std::vector<std::string> seam;  ///< names of the values it is cut at; empty: pictures alone are sent
  std::string size;               ///< "640x192"
};

/// A detector that is cut at a seam: options for reading its outputs, and both pieces.
struct SplitDetector {
  DetectorOptions options;
  SplitModel pieces;               ///< empty models without a seam
  std::string file_sha256;         ///< of the whole model
  std::vector<Shape> seam_shapes;  ///< of the tensors that cross, for one image
};

/// What the codec's tables and messages call the network and its seam by.
std::uint64_t split_hash(const SplitModel& pieces);

/// What a rate ladder must have been measured with: network, seam, size of the input and tables (null: none).
std::uint64_t pair_hash(const SplitDetector& split, const CodeTables* tables);

/// Reads tables and checks that they were made for this seam; null for an empty path. Code::not_found, Code::corrupt,
/// or Code::invalid for those of another network. With several tensors at the seam there is no codec:
/// Code::unsupported.
Result<std::shared_ptr<const CodeTables>> load_tables(const std::string& file, const SplitDetector& split);

/// Reads the model and cuts it. Errors name what is wrong: the file, the seam, the size.
Result<SplitDetector> load_split_detector(const SplitSettings& settings);

}  // namespace weir

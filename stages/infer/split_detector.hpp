// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elastic/split.hpp"
#include "elastic/switchable/setups.hpp"
#include "engine/engine.hpp"
#include "kernels/codec/code_tables.hpp"
#include "stages/infer/detector_options.hpp"

namespace weir {

/// What both sides of a split detector must agree on.
struct SplitSettings {
  std::string model;              ///< ONNX file of the whole network
  std::vector<std::string> seam;  ///< names of the values it is cut at; empty: pictures alone are sent
  std::string size;               ///< "640x192"
  /// PATH/NAME of a pair made by train-switchable, whose head and tail take the place of the pieces; empty: the network
  /// is cut as it is. `seam` may then be empty.
  std::string switchable{};
  std::vector<std::string> sizes{};        ///< smaller than `size`, that pictures may be sent in too
  std::vector<std::string> other_seams{};  ///< where the network may be cut as well, for features in LZ4
};

/// One place where a network is cut.
struct NetworkCut {
  SplitModel pieces;
  std::string key;            ///< the same for the same pieces of the same network, and for nothing else
  std::vector<Shape> shapes;  ///< of the tensors that cross, for one image
};

/// Sides of a picture in pixels.
struct PictureSize {
  int width = 0, height = 0;
  bool operator==(const PictureSize&) const = default;
};

/// A detector that is cut at a seam: options for reading its outputs, and both pieces.
struct SplitDetector {
  DetectorOptions options;
  SplitModel pieces;               ///< empty models without a seam
  std::string pieces_key;          ///< the same for the same pieces of the same network, and for nothing else
  std::string file_sha256;         ///< of the whole model
  std::vector<Shape> seam_shapes;  ///< of the tensors that cross, for one image
  /// Of a switchable bottleneck: the tail also takes the scale and bias of the setup that a tensor was sent in.
  std::optional<SwitchableSetups> setups;
  std::vector<PictureSize> sizes;  ///< that pictures come in: the network's input, then the smaller ones
  std::vector<NetworkCut> others;  ///< of one tensor each; rungs of lz4 count them from 1, the seam itself being 0

  /// "640x192, 320x96", for errors.
  std::string sizes_text() const;
};

/// What the codec's tables and messages call the network and its seam, or its pair and setups, by.
std::uint64_t split_hash(const SplitDetector& split);

/// The same for another cut.
std::uint64_t cut_hash(const NetworkCut& cut);

/// What a rate ladder must have been measured with: network, seam, size of the input and tables (null: none).
std::uint64_t pair_hash(const SplitDetector& split, const CodeTables* tables);

/// Reads tables and checks that they were made for this seam, and in the setups of a switchable bottleneck; null for an
/// empty path. Code::not_found, Code::corrupt, or Code::invalid for those of another network. With several tensors at
/// the seam there is no codec: Code::unsupported.
Result<std::shared_ptr<const CodeTables>> load_tables(const std::string& file, const SplitDetector& split);

/// Reads the model and cuts it, or reads the pair made of it. Errors name what is wrong: the file, the seam, the size,
/// the sizes of pictures, the setups.
Result<SplitDetector> load_split_detector(const SplitSettings& settings);

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"
#include "kernels/base/status.hpp"

namespace weir::tfjs {

/// One attribute of a node: whichever of these the file gave.
struct Attribute {
  std::string text;
  std::int64_t integer = 0;
  double real = 0;
  bool flag = false;
  std::vector<std::int64_t> integers;
  std::vector<std::string> texts;
  bool has_shape = false;
  std::vector<std::int64_t> shape;  ///< -1 where open
};

/// A tensor that a node makes: output `index` of node `node`.
struct Source {
  std::string node;
  std::size_t index = 0;
};

/// One operator of a TensorFlow graph.
struct Node {
  std::string name;
  std::string op;
  std::vector<Source> inputs;  ///< without control edges
  std::map<std::string, Attribute> attributes;

  /// "node "x" (Conv2D)", for errors.
  std::string label() const { return "node \"" + name + "\" (" + op + ")"; }
};

/// A TF.js graph model: topology and decoded weights.
struct Graph {
  std::map<std::string, Node> nodes;
  std::vector<Source> outputs;                  ///< sorted by their name in the signature
  std::map<std::string, OnnxTensor> constants;  ///< by node; f32 or i32, as the manifest says
};

/// Reads model.json and the weight files that it names, which must lie beside it. Code::not_found for a missing file,
/// Code::corrupt for one that does not parse or has another size than the manifest says, Code::unsupported for a layers
/// model or an element type outside f32, i32, bool and the quantised forms f16, uint8 and uint16; each text names file
/// and weight.
Result<Graph> read_graph(const std::filesystem::path& path);

}  // namespace weir::tfjs

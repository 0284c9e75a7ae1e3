// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace weir::test {

/// Writes small TF.js graph models for tests.
class TfjsWriter {
 public:
  enum class Stored { f32, f16, u8 };

  void placeholder(const std::string& name, const std::vector<std::int64_t>& shape);
  void node(const std::string& name, const std::string& op, const std::vector<std::string>& inputs,
            nlohmann::json attributes = nlohmann::json::object());

  /// A constant node with its weight. What it holds after rounding to its storage is returned.
  std::vector<float> constant(const std::string& name, const std::vector<std::int64_t>& shape,
                              const std::vector<float>& values, Stored stored = Stored::f32);
  void integers(const std::string& name, const std::vector<std::int64_t>& shape,
                const std::vector<std::int32_t>& values);

  void output(const std::string& name);

  /// The model.json as it will be written: tests may damage it first.
  nlohmann::json& document() { return document_; }
  std::string& weights() { return weights_; }

  /// Writes model.json and model.bin into a folder; returns the path of the first.
  std::filesystem::path write(const std::filesystem::path& folder) const;

  // Attributes, as protobuf writes them into JSON.
  static nlohmann::json text(const std::string& value);
  static nlohmann::json texts(const std::vector<std::string>& values);
  static nlohmann::json integer_list(const std::vector<int>& values);
  static nlohmann::json flag(bool value) { return {{"b", value}}; }
  static nlohmann::json real(double value) { return {{"f", value}}; }

  /// The attributes of a convolution or pooling layer.
  static nlohmann::json window(int stride, const std::string& padding, int pool = 0);

 private:
  void add_weight(const std::string& name, const std::vector<std::int64_t>& shape, const std::string& type,
                  nlohmann::json quantization);

  nlohmann::json document_ = {{"format", "graph-model"},
                              {"modelTopology", {{"node", nlohmann::json::array()}}},
                              {"signature", {{"outputs", nlohmann::json::object()}}},
                              {"weightsManifest", {{{"paths", {"model.bin"}}, {"weights", nlohmann::json::array()}}}}};
  std::string weights_;
};

}  // namespace weir::test

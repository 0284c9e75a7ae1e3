// SPDX-License-Identifier: Apache-2.0
#include "tests/elastic/tfjs_writer.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>

namespace weir::test {
namespace {

using nlohmann::json;

template <typename T>
void append(std::string& bytes, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  bytes.append(raw, sizeof(T));
}

std::string base64(const std::string& text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8U | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += i + k > text.size() ? '=' : kDigits[bits >> (18 - 6 * k) & 63U];
  }
  return out;
}

json shape_json(const std::vector<std::int64_t>& shape) {
  json dims = json::array();
  for (const std::int64_t e : shape) dims.push_back({{"size", std::to_string(e)}});
  return {{"dim", dims}};
}

}  // namespace

void TfjsWriter::placeholder(const std::string& name, const std::vector<std::int64_t>& shape) {
  node(name, "Placeholder", {}, {{"shape", {{"shape", shape_json(shape)}}}, {"dtype", {{"type", "DT_FLOAT"}}}});
}

void TfjsWriter::node(const std::string& name, const std::string& op, const std::vector<std::string>& inputs,
                      json attributes) {
  document_["modelTopology"]["node"].push_back(
      {{"name", name}, {"op", op}, {"input", inputs}, {"attr", std::move(attributes)}});
}

void TfjsWriter::add_weight(const std::string& name, const std::vector<std::int64_t>& shape, const std::string& type,
                            json quantization) {
  node(name, "Const", {});
  json weight{{"name", name}, {"shape", shape}, {"dtype", type}};
  if (!quantization.is_null()) weight["quantization"] = std::move(quantization);
  document_["weightsManifest"][0]["weights"].push_back(std::move(weight));
}

std::vector<float> TfjsWriter::constant(const std::string& name, const std::vector<std::int64_t>& shape,
                                        const std::vector<float>& values, Stored stored) {
  std::vector<float> kept = values;
  if (stored == Stored::f32) {
    add_weight(name, shape, "float32", nullptr);
    for (const float v : values) append(weights_, v);
  } else if (stored == Stored::f16) {
    add_weight(name, shape, "float32", {{"dtype", "float16"}, {"original_dtype", "float32"}});
    for (float& v : kept) {
      const auto half = static_cast<Eigen::half>(v);
      append(weights_, Eigen::numext::bit_cast<std::uint16_t>(half));
      v = static_cast<float>(half);
    }
  } else {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    const double scale = (*most - *least) / 255.0, min = *least;
    add_weight(name, shape, "float32", {{"dtype", "uint8"}, {"scale", scale}, {"min", min}});
    for (float& v : kept) {
      const auto code = static_cast<std::uint8_t>(std::lround((v - min) / scale));
      append(weights_, code);
      v = static_cast<float>(code * scale + min);
    }
  }
  return kept;
}

void TfjsWriter::integers(const std::string& name, const std::vector<std::int64_t>& shape,
                          const std::vector<std::int32_t>& values) {
  add_weight(name, shape, "int32", nullptr);
  for (const std::int32_t v : values) append(weights_, v);
}

void TfjsWriter::output(const std::string& name) {
  document_["signature"]["outputs"][name + ":0"] = {{"name", name + ":0"}};
}

std::filesystem::path TfjsWriter::write(const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "model.json") << document_.dump();
  std::ofstream(folder / "model.bin", std::ios::binary) << weights_;
  return folder / "model.json";
}

json TfjsWriter::text(const std::string& value) { return {{"s", base64(value)}}; }

json TfjsWriter::texts(const std::vector<std::string>& values) {
  json list = json::array();
  for (const std::string& v : values) list.push_back(base64(v));
  return {{"list", {{"s", list}}}};
}

json TfjsWriter::integer_list(const std::vector<int>& values) {
  json list = json::array();
  for (const int v : values) list.push_back(std::to_string(v));
  return {{"list", {{"i", list}}}};
}

json TfjsWriter::window(int stride, const std::string& padding, int pool) {
  json attributes{
      {"strides", integer_list({1, stride, stride, 1})}, {"padding", text(padding)}, {"data_format", text("NHWC")}};
  if (pool > 0) attributes["ksize"] = integer_list({1, pool, pool, 1});
  return attributes;
}

}  // namespace weir::test

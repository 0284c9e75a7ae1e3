// SPDX-License-Identifier: Apache-2.0
#include "elastic/tfjs/weights.hpp"

#include <Eigen/Core>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace weir::tfjs {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostElements = std::int64_t{1} << 29U;

// How the values of one weight lie in the file.
struct Storage {
  std::string dtype;      // of the values: float32, int32, bool
  std::string stored_as;  // float16, uint8, uint16, or the same as dtype
  double scale = 1;
  double least = 0;

  std::size_t element_size() const {
    if (stored_as == "float16" || stored_as == "uint16") return 2;
    return stored_as == "uint8" || stored_as == "bool" ? 1 : 4;
  }
};

Result<Storage> read_storage(const json& weight, const std::string& what) {
  Storage storage;
  storage.dtype = weight.at("dtype").get<std::string>();
  storage.stored_as = storage.dtype;
  if (const auto q = weight.find("quantization"); q != weight.end()) {
    storage.stored_as = q->at("dtype").get<std::string>();
    storage.scale = q->value("scale", 1.0);
    storage.least = q->value("min", 0.0);
  }
  const bool known = storage.dtype == "float32" || storage.dtype == "int32" || storage.dtype == "bool";
  const bool stored = storage.stored_as == storage.dtype || storage.stored_as == "float16" ||
                      storage.stored_as == "uint8" || storage.stored_as == "uint16";
  if (known && stored) return storage;
  return fail(Code::unsupported, what + " has element type " + storage.dtype + " stored as " + storage.stored_as +
                                     "; supported are float32, int32 and bool, stored so or as float16, uint8, uint16");
}

Result<Shape> read_shape(const json& weight, const std::string& what) {
  const auto extents = weight.at("shape").get<std::vector<std::int64_t>>();
  std::int64_t elements = 1;
  bool valid = extents.size() <= Shape::kMaxRank;
  for (const std::int64_t e : extents) {
    valid = valid && e >= 0 && e <= kMostElements;
    if (valid) elements *= e;
    valid = valid && elements <= kMostElements;
  }
  if (valid) return Shape(std::span<const std::int64_t>(extents));
  return fail(Code::corrupt, what + " has an impossible shape; fetch the model again");
}

template <typename T>
T load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

double stored_value(const Storage& storage, const char* bytes) {
  if (storage.stored_as == "float32") return load<float>(bytes);
  if (storage.stored_as == "int32") return load<std::int32_t>(bytes);
  if (storage.stored_as == "float16")
    return static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(load<std::uint16_t>(bytes)));
  const double code = storage.element_size() == 2 ? load<std::uint16_t>(bytes) : load<std::uint8_t>(bytes);
  return code * storage.scale + storage.least;
}

OnnxTensor decode(const std::string& name, const Storage& storage, const Shape& shape, std::string_view bytes) {
  const std::size_t step = storage.element_size();
  if (storage.dtype != "float32") {
    std::vector<std::int32_t> values(shape.elements());
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<std::int32_t>(std::llround(stored_value(storage, bytes.data() + i * step)));
    }
    return make_tensor<std::int32_t>(name, shape, values);
  }
  std::vector<float> values(shape.elements());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(stored_value(storage, bytes.data() + i * step));
  }
  return make_tensor<float>(name, shape, values);
}

Result<std::string> read_files(const json& group, const std::filesystem::path& model) {
  std::string bytes;
  for (const json& entry : group.at("paths")) {
    const auto name = entry.get<std::string>();
    if (std::filesystem::path(name).filename() != name || name.empty() || name == "..") {
      return fail(Code::corrupt, "TF.js model " + model.string() + " wants the weight file \"" + name +
                                     "\"; weight files must lie in the model's own folder");
    }
    const std::filesystem::path path = model.parent_path() / name;
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      return fail(Code::not_found, "weight file " + path.string() + " of TF.js model " + model.string() +
                                       " does not exist or cannot be read; put it beside the model");
    }
    bytes.append(std::istreambuf_iterator<char>(file), {});
  }
  return bytes;
}

Status read_group(const json& group, const std::filesystem::path& model, std::map<std::string, OnnxTensor>& constants) {
  const auto bytes = read_files(group, model);
  if (!bytes) return bytes.error();
  std::size_t at = 0;
  for (const json& weight : group.at("weights")) {
    const auto name = weight.at("name").get<std::string>();
    const std::string what = "weight \"" + name + "\" of TF.js model " + model.string();
    const auto storage = read_storage(weight, what);
    if (!storage) return storage.error();
    const auto shape = read_shape(weight, what);
    if (!shape) return shape.error();
    const std::size_t size = shape->elements() * storage->element_size();
    if (size > bytes->size() - at) {
      return {Code::corrupt, what + " ends at byte " + std::to_string(at + size) + ", but its files hold " +
                                 std::to_string(bytes->size()) + "; fetch the model again"};
    }
    constants.insert_or_assign(name, decode(name, *storage, *shape, std::string_view(*bytes).substr(at, size)));
    at += size;
  }
  if (at == bytes->size()) return {};
  return {Code::corrupt, "the weight files of TF.js model " + model.string() + " hold " +
                             std::to_string(bytes->size()) + " bytes; its manifest describes " + std::to_string(at) +
                             "; fetch the model again"};
}

}  // namespace

Status read_weights(const json& manifest, const std::filesystem::path& model,
                    std::map<std::string, OnnxTensor>& constants) {
  for (const json& group : manifest) {
    if (Status s = read_group(group, model, constants); !s) return s;
  }
  return {};
}

}  // namespace weir::tfjs

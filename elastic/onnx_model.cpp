// SPDX-License-Identifier: Apache-2.0
#include "elastic/onnx_model.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <limits>

#include "elastic/onnx_proto.hpp"

namespace weir {
namespace {

Result<std::string> read_bytes(const std::filesystem::path& path, const OnnxLimits& limits) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(Code::not_found, "model file " + path.string() +
                                     (std::filesystem::exists(path, error) ? " is not a file" : " does not exist") +
                                     "; give the path of an ONNX file");
  }
  const auto size = std::filesystem::file_size(path, error);
  if (!error && size > limits.max_bytes) {
    return fail(Code::corrupt, "model file " + path.string() + " has " + std::to_string(size) + " bytes; at most " +
                                   std::to_string(limits.max_bytes) + " are read");
  }
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file.good() && !file.eof()) {
    return fail(Code::not_found, "model file " + path.string() + " cannot be read; check its permissions");
  }
  return bytes;
}

}  // namespace

const OnnxTensor* OnnxModel::find_initialiser(std::string_view tensor) const {
  const auto found = std::ranges::find(initialisers, tensor, &OnnxTensor::name);
  return found == initialisers.end() ? nullptr : &*found;
}

std::string sha256_hex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kHex[digest[i] >> 4U];
    hex += kHex[digest[i] & 15U];
  }
  return hex;
}

Result<OnnxModel> load_onnx(const std::filesystem::path& path, const OnnxLimits& limits) {
  auto bytes = read_bytes(path, limits);
  if (!bytes) return fail(bytes.error());
  if (!limits.sha256.empty()) {
    const std::string hash = sha256_hex(*bytes);
    if (hash != limits.sha256) {
      return fail(Code::corrupt, "model file " + path.string() + " has the SHA-256 " + hash + " where " +
                                     limits.sha256 + " is wanted; fetch or build it again");
    }
  }
  return parse_onnx(*bytes, path.string());
}

Result<OnnxModel> parse_onnx(std::string_view bytes, const std::string& name) {
  onnx::ModelProto proto;
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(Code::corrupt, "model " + name + " is not an ONNX model (its " + std::to_string(bytes.size()) +
                                   " bytes do not parse); check the file, or export it again");
  }
  return elastic::from_proto(proto, name);
}

std::string encode_onnx(const OnnxModel& model) { return elastic::to_proto(model).SerializeAsString(); }

Status save_onnx(const OnnxModel& model, const std::filesystem::path& path) {
  const std::string bytes = encode_onnx(model);
  const std::filesystem::path part = path.string() + ".part";
  {
    std::ofstream file(part, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
      std::error_code ignored;
      std::filesystem::remove(part, ignored);
      return {Code::io, "model file " + path.string() + " cannot be written; check that its folder exists, its " +
                            "permissions and the free space"};
    }
  }
  std::error_code error;
  std::filesystem::rename(part, path, error);
  if (error) return {Code::io, "model file " + path.string() + " cannot be written: " + error.message()};
  return {};
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "stages/propose/weights_file.hpp"

#include <fstream>
#include <sstream>

#include "pipeline/base/sha256.hpp"

namespace weir {
namespace {

constexpr std::size_t kHexDigits = 64;

Result<std::string> read(const std::string& path, const std::string& what) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(Code::not_found, what + " \"" + path +
                                     "\" cannot be read; give a file from models/proposals or from train-proposals, "
                                     "relative to the working directory");
  }
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) return fail(Code::io, what + " \"" + path + "\" cannot be read to its end");
  return text.str();
}

}  // namespace

Result<std::string> read_weights_file(const std::string& path) {
  auto bytes = read(path, "weights");
  if (!bytes) return bytes;
  const auto wanted = read(path + ".sha256", "hash of the weights");
  if (!wanted) return fail(wanted.error());
  Sha256 sha;
  sha.add(bytes->data(), bytes->size());
  const std::string hash = sha.hex();
  if (wanted->substr(0, kHexDigits) == hash) return bytes;
  return fail(Code::corrupt, "weights \"" + path + "\" have the SHA-256 " + hash + ", and the file beside them wants " +
                                 wanted->substr(0, kHexDigits) + "; fetch or train them again");
}

}  // namespace weir

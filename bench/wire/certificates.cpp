// SPDX-License-Identifier: Apache-2.0
#include "bench/wire/certificates.hpp"

#include <cstdlib>
#include <filesystem>

namespace weir::bench {

WorkFolder::WorkFolder() : path_((std::filesystem::temp_directory_path() / "weir-wire-XXXXXX").string()) {
  if (mkdtemp(path_.data()) == nullptr) path_.clear();
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<TlsFiles> make_certificates(const std::string& folder, const std::string& name) {
  const std::string command = std::string(WEIR_SOURCE_DIR) + "/scripts/make-certs " + folder + " " + name;
  if (std::system(command.c_str()) != 0) return fail(Code::unavailable, command + " has failed");
  return TlsFiles{folder + "/" + name + ".pem", folder + "/" + name + "-key.pem", folder + "/authority.pem"};
}

}  // namespace weir::bench

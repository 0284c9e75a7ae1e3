// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernels/base/status.hpp"
#include "transport/link/link.hpp"

namespace weir::bench {

/// A folder that goes away with the object.
class WorkFolder {
 public:
  WorkFolder();
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A certificate for this name or address, by scripts/make-certs; localhost is 127.0.0.1, too.
Result<TlsFiles> make_certificates(const std::string& folder, const std::string& name = "localhost");

}  // namespace weir::bench

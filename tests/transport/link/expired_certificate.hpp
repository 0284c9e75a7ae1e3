// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "transport/link/link.hpp"

namespace weir::test {

/// A certificate that ran out an hour ago, of the authority that make_certificates() made in `folder`.
TlsFiles expired_certificate(const std::filesystem::path& folder, const std::string& name);

}  // namespace weir::test

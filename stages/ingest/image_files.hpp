// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir {

/// Whether `a` comes before `b` when runs of digits count as numbers: frame_9 before frame_10.
bool natural_less(std::string_view a, std::string_view b);

/// The images `path` names, in natural order: all *.png, *.jpg, *.jpeg and *.bmp of a folder, the files a glob matches,
/// or one file. Fails with not_found when there is none; `key` is the parameter the texts name.
Result<std::vector<std::string>> list_images(const std::string& path, std::string_view key);

/// A whole file as text, or not_found.
Result<std::string> read_text(const std::string& file);

}  // namespace weir

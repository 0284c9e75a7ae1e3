// SPDX-License-Identifier: Apache-2.0
#include "stages/sink/h264_file.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace weir {

Status H264File::check_ending(const std::string& path) {
  constexpr std::array<std::string_view, 4> kEndings{".mp4", ".m4v", ".mov", ".mkv"};
  if (std::ranges::any_of(kEndings, [&](std::string_view ending) { return path.ends_with(ending); })) return {};
  return {Code::invalid,
          "path: \"" + path + "\" does not end in .mp4, .m4v, .mov or .mkv; the ending chooses the format"};
}

}  // namespace weir

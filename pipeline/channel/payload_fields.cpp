// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/payload_fields.hpp"

namespace weir::fields {

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::string out;
  for (const char c : text.substr(0, kMost)) out += c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > kMost) out += "...";
  return out;
}

Result<std::uint64_t> natural(const BodyValue& map, std::string_view key, std::uint64_t most) {
  const auto value = map.get(key).and_then([](const BodyValue& found) { return found.natural(); });
  if (!value) return fail(value.error());
  if (*value <= most) return *value;
  return fail(Code::invalid,
              concat("\"", key, "\" is ", std::to_string(*value), "; wanted at most ", std::to_string(most)));
}

Status check_label(std::int32_t label, std::size_t classes) {
  if (label >= 0 && static_cast<std::size_t>(label) < classes) return {};
  return {Code::invalid,
          concat("a label is ", std::to_string(label), ", but the classes number ", std::to_string(classes))};
}

}  // namespace weir::fields

// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "engine/engine.hpp"

namespace weir {

std::string_view to_string(Precision precision) {
  constexpr std::array<std::string_view, 4> kText{"f32", "bf16", "int8", "auto"};
  return kText[static_cast<std::size_t>(precision)];
}

Result<Precision> parse_precision(std::string_view text) {
  for (const Precision p : {Precision::f32, Precision::bf16, Precision::int8, Precision::automatic}) {
    if (text == to_string(p)) return p;
  }
  return fail(Code::invalid, "precision is \"" + std::string(text) + "\"; choose f32, bf16, int8 or auto");
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace weir::fuzz {

/// One way into the code for bytes from outside. It must take any input; it ends the program (abort) when a promise is
/// broken: something that was accepted does not come back as it was.
struct Target {
  std::string_view name;  ///< also its folder in corpus/
  void (*run)(std::span<const std::uint8_t> input);
};

void header(std::span<const std::uint8_t> input);    ///< wire header
void body(std::span<const std::uint8_t> input);      ///< msgpack body with tensors
void control(std::span<const std::uint8_t> input);   ///< first byte chooses the control message, the rest is its body
void journal(std::span<const std::uint8_t> input);   ///< a segment file that is opened, read and written to
void features(std::span<const std::uint8_t> input);  ///< rung and reference in the first byte, then slices of features
void code_tables(std::span<const std::uint8_t> input);  ///< a table file without its check sum

inline constexpr Target kTargets[] = {{"header", header},   {"body", body},         {"control", control},
                                      {"journal", journal}, {"features", features}, {"code_tables", code_tables}};

}  // namespace weir::fuzz

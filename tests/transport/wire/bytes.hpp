// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include "transport/wire/message.hpp"

namespace weir::test {

using Buffer = std::vector<std::uint8_t>;

inline Buffer buffer_of(std::string_view text) { return {text.begin(), text.end()}; }

/// Bytes that keep themselves alive, as a link would hand them over.
inline Bytes owned(Buffer bytes) {
  const auto keeper = std::make_shared<const Buffer>(std::move(bytes));
  return {*keeper, keeper};
}

/// All pieces of a body in one, as they go over the wire.
inline Buffer joined(const Body& body) {
  Buffer all;
  for (const Bytes& piece : body.pieces) all.insert(all.end(), piece.view.begin(), piece.view.end());
  return all;
}

}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
#include "transport/wire/frame_header.hpp"

namespace weir {

std::string_view to_string(MessageType type) {
  constexpr std::array<std::string_view, 14> kNames{"",      "hello",  "hello_ack", "work",  "result",
                                                    "nack",  "credit", "cancel",    "ping",  "pong",
                                                    "drain", "record", "ack",       "goaway"};
  const auto index = static_cast<std::size_t>(type);
  return index < kNames.size() ? kNames[index] : std::string_view();
}

}  // namespace weir

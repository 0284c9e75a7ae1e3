// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "tests/transport/wire/bytes.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/body_writer.hpp"

namespace weir::test {

using Json = nlohmann::ordered_json;

/// A whole message as it goes over the wire. With `checked` in its flags the body's check is filled in, as a link does.
Buffer message_bytes(FrameHeader header, const std::shared_ptr<const Body>& body);

/// The JSON twin of a message (docs/wire.md, "Test vectors"); fails the test when the message cannot be read.
Json twin_of(const Buffer& message);

/// The message that a JSON twin stands for.
Buffer message_of(const Json& twin);

}  // namespace weir::test

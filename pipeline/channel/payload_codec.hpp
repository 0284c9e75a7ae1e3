// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pipeline/payload_format.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/body_writer.hpp"

namespace weir {

/// How packets of one payload type cross between processes (docs/wire.md, payloads). Thread-safe.
class PayloadCodec {
 public:
  virtual ~PayloadCodec() = default;
  virtual const PayloadType& type() const = 0;
  virtual std::shared_ptr<detail::PoolBase> make_pool() const = 0;

  /// Writes the payload as one map; large data is referred to and stays alive with the packet. An error, which only a
  /// plug-in's payload can give, has written nothing.
  virtual Status write(BodyWriter& to, const Packet& packet) const = 0;

  /// Reads it into a packet of `pool` (one that make_pool made, or an output port's). `keeper` keeps the body's memory;
  /// pixels are not copied. Everything is checked against what the map says: sizes, types, finite boxes, class ids.
  virtual Result<DecodedPacket> read(const BodyValue& from, const std::shared_ptr<const void>& keeper,
                                     detail::PoolBase& pool) const = 0;
};

/// The codec of a payload type, be it Weir's own or one that a plug-in added (add_payload); null when packets of that
/// type cannot leave the process. Thread-safe.
const PayloadCodec* find_codec(std::string_view type);

/// The types that have one, for messages: "Frame, Detections, ...".
std::string codec_names();

}  // namespace weir

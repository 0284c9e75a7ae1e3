// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "pipeline/channel/payload_codec.hpp"
#include "pipeline/payload_format.hpp"

namespace weir {

/// A payload type of a plug-in on the wire: a map with its type and the fields that its format writes. What the format
/// throws is an error like any other.
class PluginCodec final : public PayloadCodec {
 public:
  explicit PluginCodec(const PayloadFormat& format) : format_(format) {}

  const PayloadFormat& format() const { return format_; }
  const PayloadType& type() const override { return *format_.type; }
  std::shared_ptr<detail::PoolBase> make_pool() const override { return format_.make_pool(); }
  Status write(BodyWriter& to, const Packet& packet) const override;
  Result<DecodedPacket> read(const BodyValue& from, const std::shared_ptr<const void>& keeper,
                             detail::PoolBase& pool) const override;

 private:
  const PayloadFormat format_;
};

/// The codec of a payload type that add_payload added, or null. Thread-safe; it stays until the process ends.
const PluginCodec* find_plugin_codec(std::string_view type);

/// The names of all that were added, in that order. Thread-safe.
std::vector<std::string_view> plugin_payload_names();

/// Why this thread's latest add_payload failed; empty when it did not, or when that was told. A plug-in's registration
/// gives no more than yes or no.
std::string take_payload_refusal();

}  // namespace weir

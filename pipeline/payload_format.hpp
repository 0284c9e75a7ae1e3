// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <memory>

#include "pipeline/packet.hpp"
#include "pipeline/payload_io.hpp"

namespace weir {

/// A payload that was read, and its header to be stamped by whoever emits it.
struct DecodedPacket {
  Packet packet;
  detail::PacketHeader* header = nullptr;
};

/// How packets of a payload type of a plug-in cross between processes. Its functions are thread-safe.
struct PayloadFormat {
  const PayloadType* type = nullptr;
  std::shared_ptr<detail::PoolBase> (*make_pool)() = nullptr;
  void (*write)(const Packet& packet, PayloadWriter& to) = nullptr;
  Result<DecodedPacket> (*read)(const PayloadReader& from, detail::PoolBase& pool) = nullptr;
};

/// A payload type whose traits say how it is written and read:
///
///   template <>
///   struct weir::PayloadTraits<acme::Blob> {
///     static constexpr std::string_view name = "acme.Blob";
///     static void write(const acme::Blob& from, PayloadWriter& to);
///     static Status read(const PayloadReader& from, acme::Blob& to);
///   };
///
/// Both are called from several threads at once. `read` gets a cleared payload, or where the type has no clear() one
/// that held another value; an error gives up the frame, or the part of one. Device and worker compare names: a format
/// that changes needs another name.
template <typename T>
concept SendablePayload = requires(const T& value, T& to, PayloadWriter& writer, const PayloadReader& reader) {
  PayloadTraits<T>::write(value, writer);
  { PayloadTraits<T>::read(reader, to) } -> std::same_as<Status>;
};

/// Lets packets of this format leave the process; called from weir_plugin_register. Code::invalid: a name that is taken
/// or is none. Adding the same again is fine. Thread-safe; what was added stays.
Status add_payload(const PayloadFormat& format);

/// The same for payload type T.
template <SendablePayload T>
Status add_payload() {
  PayloadFormat format;
  format.type = &kPayloadType<T>;
  format.make_pool = [] { return std::shared_ptr<detail::PoolBase>(std::make_shared<detail::Pool<T>>()); };
  format.write = [](const Packet& packet, PayloadWriter& to) { PayloadTraits<T>::write(*packet.get<T>(), to); };
  format.read = [](const PayloadReader& from, detail::PoolBase& pool) -> Result<DecodedPacket> {
    auto* made = static_cast<detail::Pool<T>&>(pool).take();
    DecodedPacket decoded{Packet(made), made};
    if (Status status = PayloadTraits<T>::read(from, made->value); !status) return fail(status.error());
    return decoded;
  };
  return add_payload(format);
}

}  // namespace weir

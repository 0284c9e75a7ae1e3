// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kernels/base/status.hpp"
#include "transport/link/body_pool.hpp"
#include "transport/wire/message.hpp"

namespace weir {

// Subjects and signals of links over NATS, as docs/wire.md tells under "Over NATS".

/// What the ends of a link tell each other about the link itself. The numbers are part of the wire format.
enum class NatsSignal : std::uint8_t {
  open = 1,      ///< a device wants a link; the reply subject is where it listens
  accepted = 2,  ///< the worker has opened its end
  refused = 3,   ///< the worker does not want it
  closed = 4,    ///< that link is over, or was never known here
  consumed = 5,  ///< value: bytes of messages taken since it was opened
  probe = 6,     ///< asks for nothing: where nobody is, the server says so
  taken = 7,     ///< answers a probe at ".open": somebody listens there
};

struct NatsControl {
  NatsSignal signal = NatsSignal::probe;
  std::uint64_t value = 0;
};

inline constexpr std::size_t kNatsControlBytes = 16;
std::array<std::uint8_t, kNatsControlBytes> encode(const NatsControl& control);

/// What came on a subject, without the library's types.
struct NatsArrival {
  enum class Kind : std::uint8_t { message, control, nobody, unusable };
  Kind kind = Kind::unusable;
  std::string token;  ///< the subject's last part: names the link
  std::string reply;
  InMessage message{};
  NatsControl control{};
  Status wrong{};  ///< why it is unusable
};

/// Reads one payload: a control signal, or exactly one message.
NatsArrival read_nats_payload(std::span<const std::uint8_t> payload, const std::shared_ptr<BodyPool>& pool);

/// Where one end of a link sends, and where it listens for answers.
struct NatsRoute {
  std::string to, reply;
};

/// 32 hexadecimal digits that nobody can guess.
std::string random_nats_token();

/// "weir.v1.worker.NAME.": "open" behind it asks for a link, "in.TOKEN" reaches the worker's end of one.
std::string nats_worker_prefix(std::string_view name);

/// "weir.v1.device.WHO.": a server's permissions keep it for the user of this name.
std::string nats_device_prefix(std::string_view who);

/// Whether a reply subject that came from outside may be answered: a device's, without wildcards.
bool is_nats_device_subject(std::string_view subject);

std::string_view last_part(std::string_view subject);

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/nats_wire.hpp"

#include <cstring>
#include <random>

#include "transport/link/frame_reader.hpp"
#include "transport/wire/little_endian.hpp"

namespace weir {
namespace {

constexpr std::array<std::uint8_t, 5> kControlStart{'W', 'L', 'N', 'K', 1};  // its last byte is the version

constexpr std::string_view kDevices = "weir.v1.device.";

bool is_control(std::span<const std::uint8_t> payload) {
  return payload.size() >= kNatsControlBytes && std::equal(kControlStart.begin(), kControlStart.end(), payload.begin());
}

NatsArrival unusable(std::string text) {
  NatsArrival arrival;
  arrival.wrong = {Code::corrupt, std::move(text)};
  return arrival;
}

}  // namespace

std::array<std::uint8_t, kNatsControlBytes> encode(const NatsControl& control) {
  std::array<std::uint8_t, kNatsControlBytes> out{};
  std::copy(kControlStart.begin(), kControlStart.end(), out.begin());
  out[5] = static_cast<std::uint8_t>(control.signal);
  store_little(out.data() + 8, control.value);
  return out;
}

NatsArrival read_nats_payload(std::span<const std::uint8_t> payload, const std::shared_ptr<BodyPool>& pool) {
  NatsArrival arrival;
  if (is_control(payload)) {
    arrival.kind = NatsArrival::Kind::control;
    arrival.control = {static_cast<NatsSignal>(payload[5]), load_little<std::uint64_t>(payload.data() + 8)};
    return arrival;
  }
  if (payload.size() < kHeaderBytes) {
    return unusable("a payload of " + std::to_string(payload.size()) + " bytes is no message and no signal");
  }
  // Memory is taken for what the header says, so that must be what has come.
  const auto header = decode_header(payload.first(kHeaderBytes), kMaxBodyBytes);
  if (!header) return unusable(header.error().text);
  if (payload.size() != std::size_t{header->header_bytes} + header->body_bytes) {
    return unusable("a payload of " + std::to_string(payload.size()) + " bytes holds a message that says it has " +
                    std::to_string(std::size_t{header->header_bytes} + header->body_bytes));
  }
  const auto whole = FrameReader(pool, kMaxBodyBytes).next(payload, arrival.message);
  if (!whole) return unusable(whole.error().text);
  if (*whole) {
    arrival.kind = NatsArrival::Kind::message;
  } else {  // one to be skipped by whoever does not know it
    arrival.kind = NatsArrival::Kind::control;
    arrival.control = {NatsSignal::probe, 0};
  }
  return arrival;
}

std::string random_nats_token() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device entropy;
  std::string out;
  while (out.size() < 32) {
    for (auto [bits, left] = std::pair(entropy(), 8); left > 0; --left, bits >>= 4) out += kDigits[bits & 15];
  }
  return out;
}

std::string nats_worker_prefix(std::string_view name) { return "weir.v1.worker." + std::string(name) + "."; }

std::string nats_device_prefix(std::string_view who) {
  std::string part(who.substr(0, 64));
  for (char& c : part) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
    if (!plain) c = '_';
  }
  return std::string(kDevices) + (part.empty() ? "any" : part) + ".";
}

bool is_nats_device_subject(std::string_view subject) {
  return subject.size() > kDevices.size() && subject.size() <= 256 && subject.substr(0, kDevices.size()) == kDevices &&
         subject.find_first_of("*> \t\r\n") == std::string_view::npos && subject.find("..") == std::string_view::npos &&
         subject.back() != '.';
}

std::string_view last_part(std::string_view subject) {
  return subject.substr(subject.rfind('.') + 1);  // without a dot: all of it
}

}  // namespace weir

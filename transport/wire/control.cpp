// SPDX-License-Identifier: Apache-2.0
#include "transport/wire/control.hpp"

#include <limits>
#include <string_view>
#include <utility>

#include "transport/wire/body_writer.hpp"
#include "transport/wire/map_fields.hpp"

namespace weir::wire {
namespace {

/// Control messages are small; whatever is larger is not one.
constexpr BodyLimits kControlLimits{.array = 256, .map = 32, .text = 1024, .binary = 1024, .depth = 4, .values = 4096};

std::uint64_t microseconds(Duration duration) {
  return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count() / 1000);
}

Duration duration_of(std::uint64_t us) { return std::chrono::microseconds(static_cast<std::int64_t>(us)); }

/// Reads a body and hands its map to `fill`.
template <typename T, typename Fill>
Result<T> decode(const Bytes& body, Fill fill) {
  const Result<BodyReader> reader = BodyReader::read(body, kControlLimits);
  if (!reader) return fail(reader.error());
  MapFields fields(reader->root());
  T value;
  fill(fields, value);
  if (!fields.status()) return fail(fields.status().error());
  return value;
}

constexpr std::uint64_t kMaxCount = 1'000'000;         // requests at a time
constexpr std::uint64_t kMaxBytes = 1ULL << 40;        // of credit
constexpr std::uint64_t kMaxPause = 3'600'000'000ULL;  // an hour in microseconds

}  // namespace

std::shared_ptr<const Body> encode(const Hello& hello) {
  BodyWriter writer;
  writer.begin_map(6).key("role").text(hello.role).key("name").text(hello.name);
  writer.key("wire_minor").natural(hello.wire_minor);
  writer.key("services").begin_array(hello.services.size());
  for (const Service& service : hello.services) {
    writer.begin_map(2).key("name").text(service.name).key("fingerprint").text(service.fingerprint);
  }
  writer.key("features").begin_array(hello.features.size());
  for (const std::string& feature : hello.features) writer.text(feature);
  return writer.key("max_body").natural(hello.max_body).finish();
}

Result<Hello> decode_hello(const Bytes& body) {
  return decode<Hello>(body, [](MapFields& fields, Hello& hello) {
    hello.role = fields.text("role");
    hello.name = fields.text("name");
    hello.wire_minor = static_cast<std::uint32_t>(fields.natural("wire_minor", 255));
    fields.each("services", [&](MapFields& service) {
      hello.services.push_back({service.text("name"), service.text("fingerprint")});
    });
    hello.features = fields.texts("features");
    hello.max_body = fields.natural("max_body", kMaxBodyBytes);
  });
}

std::shared_ptr<const Body> encode(const HelloAck& ack) {
  BodyWriter writer;
  writer.begin_map(7).key("name").text(ack.name).key("services").begin_array(ack.services.size());
  for (const ServiceAnswer& service : ack.services) {
    writer.begin_map(4).key("name").text(service.name).key("fingerprint").text(service.fingerprint);
    writer.key("offered").boolean(service.offered).key("reason").text(service.reason);
  }
  writer.key("messages").natural(ack.messages).key("bytes").natural(ack.bytes);
  writer.key("parallel").natural(ack.parallel).key("max_body").natural(ack.max_body);
  return writer.key("heartbeat_us").natural(microseconds(ack.heartbeat)).finish();
}

Result<HelloAck> decode_hello_ack(const Bytes& body) {
  return decode<HelloAck>(body, [](MapFields& fields, HelloAck& ack) {
    ack.name = fields.text("name");
    fields.each("services", [&](MapFields& service) {
      ack.services.push_back(
          {service.text("name"), service.text("fingerprint"), service.boolean("offered"), service.text("reason")});
    });
    ack.messages = static_cast<std::uint32_t>(fields.natural("messages", kMaxCount));
    ack.bytes = fields.natural("bytes", kMaxBytes);
    ack.parallel = static_cast<std::uint32_t>(fields.natural("parallel", kMaxCount));
    ack.max_body = fields.natural("max_body", kMaxBodyBytes);
    ack.heartbeat = duration_of(fields.natural("heartbeat_us", kMaxPause));
  });
}

std::shared_ptr<const Body> encode(const Credit& credit) {
  BodyWriter writer;
  return writer.begin_map(2).key("messages").natural(credit.messages).key("bytes").natural(credit.bytes).finish();
}

Result<Credit> decode_credit(const Bytes& body) {
  return decode<Credit>(body, [](MapFields& fields, Credit& credit) {
    credit.messages = static_cast<std::uint32_t>(fields.natural("messages", kMaxCount));
    credit.bytes = fields.natural("bytes", kMaxBytes);
  });
}

std::shared_ptr<const Body> encode(const Nack& nack) {
  BodyWriter writer;
  writer.begin_map(3).key("reason").text(nack.reason).key("retry_us").natural(microseconds(nack.retry_after));
  return writer.key("text").text(nack.text).finish();
}

Result<Nack> decode_nack(const Bytes& body) {
  return decode<Nack>(body, [](MapFields& fields, Nack& nack) {
    nack.reason = fields.text("reason");
    nack.retry_after = duration_of(fields.natural("retry_us", kMaxPause));
    nack.text = fields.text("text");
  });
}

std::shared_ptr<const Body> encode(const Drain& /*drain*/) { return BodyWriter().begin_map(0).finish(); }

Result<Drain> decode_drain(const Bytes& body) {
  return decode<Drain>(body, [](MapFields&, Drain&) {});
}

std::shared_ptr<const Body> encode(const Goaway& goaway) {
  return BodyWriter().begin_map(1).key("reason").text(goaway.reason).finish();
}

Result<Goaway> decode_goaway(const Bytes& body) {
  return decode<Goaway>(body, [](MapFields& fields, Goaway& goaway) { goaway.reason = fields.text("reason"); });
}

}  // namespace weir::wire

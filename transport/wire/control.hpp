// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/time.hpp"
#include "transport/wire/message.hpp"

/// Bodies of the messages by which two sides agree on how to work together (docs/wire.md, "Control messages"). Reading
/// one refuses with Code::invalid what BodyReader refuses, a missing key and a value out of range; keys that are not
/// known are passed over.
namespace weir::wire {

/// A part of the graph that a device wants run. Only a worker with the same fingerprint may run it.
struct Service {
  std::string name;
  std::string fingerprint;  ///< of its stages, parameters and models
  bool operator==(const Service&) const = default;
};

/// First message of a device.
struct Hello {
  std::string role = "device";
  std::string name;
  std::uint32_t wire_minor = kWireMinor;
  std::vector<Service> services;
  std::vector<std::string> features;  ///< a feature is used when both sides name it
  std::size_t max_body = 0;           ///< bytes of the largest body it takes
  bool operator==(const Hello&) const = default;
};

/// What a worker says to one wanted service.
struct ServiceAnswer {
  std::string name;
  std::string fingerprint;  ///< the worker's own; empty when it does not know the service
  bool offered = false;
  std::string reason;  ///< why not: "unknown_service", "other_fingerprint"; empty when offered
  bool operator==(const ServiceAnswer&) const = default;
};

/// A worker's answer to Hello: what it runs and how much it takes at a time.
struct HelloAck {
  std::string name;
  std::vector<ServiceAnswer> services;
  std::uint32_t messages = 2;  ///< credit: requests that may be open at once
  std::size_t bytes = 0;       ///< credit: of their bodies
  std::uint32_t parallel = 1;  ///< requests it works on at a time
  std::size_t max_body = 0;    ///< bytes of the largest body it takes
  Duration heartbeat{};        ///< it wants to hear or say something that often
  bool operator==(const HelloAck&) const = default;
};

/// A worker's credit from now on, in place of the former.
struct Credit {
  std::uint32_t messages = 0;
  std::size_t bytes = 0;
  bool operator==(const Credit&) const = default;
};

/// Why a request, named by the header's id, gets no result.
struct Nack {
  std::string reason;      ///< one of the words in docs/wire.md, for programs
  Duration retry_after{};  ///< with "busy": when trying again makes sense
  std::string text;        ///< for people; may be empty
  bool operator==(const Nack&) const = default;
};

/// A worker finishes what it has and takes nothing more.
struct Drain {
  bool operator==(const Drain&) const = default;
};

/// Last message of a side that closes the link on purpose.
struct Goaway {
  std::string reason;  ///< one of the words in docs/wire.md
  bool operator==(const Goaway&) const = default;
};

std::shared_ptr<const Body> encode(const Hello& hello);
std::shared_ptr<const Body> encode(const HelloAck& ack);
std::shared_ptr<const Body> encode(const Credit& credit);
std::shared_ptr<const Body> encode(const Nack& nack);
std::shared_ptr<const Body> encode(const Drain& drain);
std::shared_ptr<const Body> encode(const Goaway& goaway);

Result<Hello> decode_hello(const Bytes& body);
Result<HelloAck> decode_hello_ack(const Bytes& body);
Result<Credit> decode_credit(const Bytes& body);
Result<Nack> decode_nack(const Bytes& body);
Result<Drain> decode_drain(const Bytes& body);
Result<Goaway> decode_goaway(const Bytes& body);

}  // namespace weir::wire

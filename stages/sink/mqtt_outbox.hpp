// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kernels/base/status.hpp"
#include "pipeline/clock.hpp"

namespace weir {

/// Which broker to send to, and how.
struct MqttOptions {
  std::string host = "127.0.0.1";
  int port = 1883;
  int qos = 1;           ///< 0 at most once, 1 at least once
  std::string user;      ///< empty: none
  std::string password;  ///< never part of a message or error
  bool tls = false;
  std::string ca_file;        ///< certificates that sign the broker's; empty: the system's
  std::size_t buffer = 1000;  ///< messages kept while the broker is away
  std::uint64_t seed = 1;     ///< for the jitter of the back-off
};

/// Sends messages to an MQTT broker from a thread of its own, in order. While the broker is away it keeps the newest
/// `buffer` messages and tries again with growing, jittered pauses. The calls belong to one thread.
class MqttOutbox {
 public:
  MqttOutbox(MqttOptions options, Clock& clock);
  ~MqttOutbox();

  /// Takes a message without waiting; drops the oldest unsent one when the buffer is full.
  void post(std::string_view topic, std::string_view payload);

  /// What the user should know since the last call (the broker went, it is back, messages were dropped), or empty.
  std::string take_note();

  std::uint64_t delivered() const;  ///< acknowledged by the broker (QoS 1) or handed to the network (QoS 0)
  std::uint64_t dropped() const;    ///< for want of room
  bool connected() const;

  /// Gives what is left up to two seconds to arrive; an error when some did not. Later calls do nothing.
  Status close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir

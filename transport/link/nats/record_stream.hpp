// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "transport/link/link.hpp"
#include "transport/wire/message.hpp"

namespace weir {

struct RecordStreamOptions {
  Address server;       ///< nats://HOST:PORT/STREAM: the server, and the stream that keeps the records there
  std::string subject;  ///< to publish to
  /// How long the server must remember which records it has: the longest time between losing a connection and sending
  /// again. Used when this side makes the stream.
  Duration remember = std::chrono::hours(1);
  std::size_t max_bytes = std::size_t{1} << 30;  ///< of the stream when this side makes it; then the oldest go
  TlsFiles tls;
  std::string credentials;  ///< file of the login (nats_login.hpp); empty: none
  Duration connect_timeout = std::chrono::seconds(3);
};

/// What came of one record, or (token 0) of the connection.
struct RecordAnswer {
  std::uint64_t token = 0;
  Status status{};
};

/// One connection to a NATS server that keeps records in a JetStream stream. Publishing again what the server has
/// already stores nothing twice: the server knows a record by its id. Thread-compatible; answers come on threads of its
/// own.
class RecordStream {
 public:
  /// Connects, and makes the stream if there is none of this name. Blocks up to connect_timeout for each.
  static Result<std::unique_ptr<RecordStream>> open(const RecordStreamOptions& options,
                                                    std::function<void(RecordAnswer)> answered);
  ~RecordStream();
  RecordStream(const RecordStream&) = delete;
  RecordStream& operator=(const RecordStream&) = delete;

  /// Sends a record without waiting for the answer, which names it by `token` (not 0). `id` names it for ever. May
  /// block for a second when the server reads slowly; an error means that the connection is of no more use.
  Status publish(std::uint64_t token, const std::string& id, std::span<const std::uint8_t> body);

  std::size_t max_payload() const;

 private:
  struct Impl;
  explicit RecordStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "transport/journal/journal.hpp"
#include "transport/link/nats/record_stream.hpp"

namespace weir {

struct RecordShipperOptions {
  JournalOptions journal;
  std::optional<RecordStreamOptions> stream;  ///< none: records stay in the journal
  std::size_t most_open = 256;                ///< records sent and not yet answered
  Duration answer_timeout = std::chrono::seconds(5);
};

struct RecordCounters {
  std::uint64_t recorded = 0;  ///< in this run
  std::uint64_t stored = 0;    ///< acknowledged by the server in this run, older ones included
  std::uint64_t waiting = 0;   ///< in the journal, not acknowledged
  std::uint64_t dropped = 0;   ///< lost to the journal's size
  bool connected = false;
};

/// Keeps records in a journal and sends them to a stream, oldest first, whenever its server is there. A record that the
/// server has acknowledged is marked in the journal and never sent again; one whose answer was lost is sent again under
/// the same id, by which the server knows it. Thread-safe.
class RecordShipper {
 public:
  static Result<std::unique_ptr<RecordShipper>> open(RecordShipperOptions options);
  ~RecordShipper();  ///< as close(0)
  RecordShipper(const RecordShipper&) = delete;
  RecordShipper& operator=(const RecordShipper&) = delete;

  /// Writes a record to the journal; an error when the disk refuses. Never waits for the server.
  Status record(std::int64_t time_us, const Body& body);

  /// What the user should know since the last call (the server went, it is back), or empty.
  std::string take_note();

  /// Ends sending when all is stored or the time is over; what is left goes out in the next run.
  Status close(Duration at_most);

  RecordCounters counters() const;

 private:
  struct Impl;
  explicit RecordShipper(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace weir

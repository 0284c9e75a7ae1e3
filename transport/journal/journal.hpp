// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "kernels/base/status.hpp"
#include "kernels/base/time.hpp"
#include "transport/wire/message.hpp"

namespace weir {

/// When records are made safe against a power cut; a killed process loses nothing in any case.
enum class SyncPolicy : std::uint8_t { each, interval, none };

struct JournalOptions {
  std::string folder;                                ///< made with mode 0700 if it is not there
  std::size_t segment_bytes = std::size_t{8} << 20;  ///< of one file; at most a quarter of max_bytes is used
  std::size_t max_bytes = std::size_t{256} << 20;    ///< of all files; beyond it the oldest file goes
  SyncPolicy sync = SyncPolicy::interval;
  Duration sync_interval = std::chrono::seconds(1);
};

/// Names a record for ever: the sender's life and its number there. Receivers know by it what they already have.
struct RecordKey {
  std::uint64_t session = 0;
  std::uint64_t id = 0;
  auto operator<=>(const RecordKey&) const = default;
};

struct JournalRecord {
  RecordKey key;
  std::int64_t time_us = 0;    ///< microseconds since 1970, as the writer said
  std::uint64_t sequence = 0;  ///< place in the journal, from 1; new ones after each opening
  Bytes body;
};

struct JournalCounters {
  std::uint64_t appended = 0, duplicates = 0, acknowledged = 0;  ///< since it was opened
  std::uint64_t dropped = 0;                                     ///< records lost unacknowledged to max_bytes
  std::uint64_t corrupt = 0;     ///< records, or rests of files, that were found damaged
  std::uint64_t torn_bytes = 0;  ///< cut off the last file when it was opened
  std::size_t bytes = 0;         ///< of all files now
  std::size_t waiting = 0;       ///< records now that are not acknowledged
};

/// Keeps records in files until they are acknowledged: append-only segments of wire messages (docs/wire.md,
/// "Journal"), mode 0600. What a crash left half written is cut off when it is opened again. A failed write (full disk)
/// is Code::io, takes back what was written of that record and leaves everything else as it was. One process at a time.
/// Thread-compatible.
class Journal {
 public:
  /// Opens or makes one. Code::unavailable while another process has it open, Code::io where the disk refuses.
  static Result<std::unique_ptr<Journal>> open(const JournalOptions& options);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Appends a record; false when one with this key is there already. Drops the oldest file when there is no room.
  /// `now` only times the syncs.
  Result<bool> append(const RecordKey& key, std::int64_t time_us, const Body& body, TimePoint now);

  /// The record need not be kept any more. An unknown key is no error: it may have been dropped.
  Status acknowledge(const RecordKey& key, TimePoint now);
  /// The same for all of a session with this id or a lower one.
  Status acknowledge_up_to(const RecordKey& key, TimePoint now);

  /// Whether the record is in its files, acknowledged or not.
  bool contains(const RecordKey& key) const;

  /// The oldest record after this sequence that is not acknowledged; 0 begins. Nothing when there is none. One that was
  /// changed on disk is counted as corrupt and passed over.
  Result<std::optional<JournalRecord>> next_waiting(std::uint64_t after);

  Status tick(TimePoint now);  ///< syncs if the interval is over; call it when nothing is appended for long
  Status sync();               ///< nothing under SyncPolicy::none

  JournalCounters counters() const;

 private:
  struct Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir

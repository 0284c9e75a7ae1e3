// SPDX-License-Identifier: Apache-2.0
#include "transport/journal/journal.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <new>
#include <vector>

#include "transport/journal/journal_files.hpp"

namespace weir {
namespace {

constexpr std::size_t kSegmentsAtLeast = 4;  // within max_bytes, so that dropping one leaves most of them
constexpr std::align_val_t kBodyAlignment{64};

/// Where a record lies.
struct Place {
  std::uint64_t file = 0;
  std::size_t at = 0;
  std::uint64_t sequence = 0;  ///< 0 once it is acknowledged
};

/// Memory for a body, aligned as a link would hand it over.
std::shared_ptr<std::uint8_t> body_memory(std::size_t bytes) {
  auto* memory = static_cast<std::uint8_t*>(::operator new(bytes, kBodyAlignment));
  return {memory, [](std::uint8_t* p) { ::operator delete(p, kBodyAlignment); }};
}

}  // namespace

struct Journal::Impl {
  JournalOptions options;
  std::unique_ptr<FolderLock> lock;
  JournalFiles files;  // the last one is written to
  std::map<RecordKey, Place> known;
  std::map<std::uint64_t, RecordKey> waiting;  // by sequence
  std::uint64_t next_sequence = 1;
  JournalCounters counters;
  bool dirty = false;
  TimePoint synced{};

  JournalFile& current() { return files.rbegin()->second; }

  void add(const RecordKey& key, std::uint64_t file, std::size_t at);
  bool settle(const RecordKey& key);
  Status recover();
  Status begin_file();
  Status remove_oldest();
  void remove_settled();
  Status make_room(std::size_t bytes);
  Status write(const RecordHeader& header, const Body* body, TimePoint now);
  Status write_acknowledgement(const RecordKey& key, TimePoint now);
  Status sync();
  Result<JournalRecord> read(const Place& place);
};

void Journal::Impl::add(const RecordKey& key, std::uint64_t file, std::size_t at) {
  known[key] = {file, at, next_sequence};
  waiting[next_sequence++] = key;
  files[file].keys.push_back(key);
  ++files[file].waiting;
}

/// Notes that a record need not be kept; whether it was waiting.
bool Journal::Impl::settle(const RecordKey& key) {
  const auto found = known.find(key);
  if (found == known.end() || found->second.sequence == 0) return false;
  waiting.erase(found->second.sequence);
  found->second.sequence = 0;
  --files[found->second.file].waiting;
  return true;
}

Status Journal::Impl::recover() {
  for (auto& [number, file] : files) {
    const auto found = [&, id = number](const RecordHeader& header, std::size_t at) {
      const RecordKey key{header.frame.session, header.frame.id};
      if (header.frame.type == MessageType::ack) {
        settle(key);
      } else if (!known.contains(key)) {
        add(key, id, at);
      }
    };
    const Result<Segment::Scan> scan = file.segment->scan(found);
    if (!scan) return scan.error();
    counters.corrupt += scan->corrupt;
    const std::size_t rest = file.segment->bytes() - scan->end;
    counters.bytes += file.segment->bytes();
    if (rest == 0) continue;
    if (number != files.rbegin()->first) {
      ++counters.corrupt;
      continue;
    }
    if (Status status = file.segment->truncate(scan->end); !status) return status;
    counters.torn_bytes += rest;
    counters.bytes -= rest;
  }
  if (files.empty()) return begin_file();
  remove_settled();
  return {};
}

Status Journal::Impl::begin_file() {
  if (Status status = sync(); !status) return status;
  const std::uint64_t number = files.empty() ? 1 : files.rbegin()->first + 1;
  Result<std::unique_ptr<Segment>> segment = Segment::open(segment_path(options.folder, number), number);
  if (!segment) return segment.error();
  files[number].segment = std::move(*segment);
  return options.sync == SyncPolicy::none ? Status() : sync_folder(options.folder);
}

Status Journal::Impl::remove_oldest() {
  const auto oldest = files.begin();
  if (Status status = oldest->second.segment->remove(); !status) return status;
  for (const RecordKey& key : oldest->second.keys) {
    settle(key);
    known.erase(key);
  }
  counters.bytes -= oldest->second.segment->bytes();
  files.erase(oldest);
  return {};
}

/// Deletes files from the oldest on while nothing waits in them. Only in this order: a file's acknowledgements may be
/// for records of older files.
void Journal::Impl::remove_settled() {
  while (files.size() > 1 && files.begin()->second.waiting == 0 && remove_oldest()) {
  }
}

Status Journal::Impl::make_room(std::size_t bytes) {
  const std::size_t most = std::min(options.segment_bytes, options.max_bytes / kSegmentsAtLeast);
  const std::size_t here = current().segment->bytes();
  if (here > 0 && (here + bytes > most || counters.bytes + bytes > options.max_bytes)) {
    if (files.size() == 1 || here + bytes > most) {
      if (Status status = begin_file(); !status) return status;
    }
  }
  while (counters.bytes + bytes > options.max_bytes && files.size() > 1) {
    const std::size_t lost = files.begin()->second.waiting;
    if (Status status = remove_oldest(); !status) return status;
    counters.dropped += lost;
  }
  return {};
}

Status Journal::Impl::write(const RecordHeader& header, const Body* body, TimePoint now) {
  const std::array<std::uint8_t, kRecordHeaderBytes> start = encode_record_header(header);
  std::vector<std::span<const std::uint8_t>> parts{start};
  if (body != nullptr) {
    for (const Bytes& piece : body->pieces) parts.push_back(piece.view);
  }
  const std::size_t bytes = kRecordHeaderBytes + header.frame.body_bytes;
  if (Status status = make_room(bytes); !status) return status;
  if (Status status = current().segment->append(parts); !status) return status;
  counters.bytes += bytes;
  dirty = true;
  if (header.frame.type == MessageType::record) {
    add({header.frame.session, header.frame.id}, files.rbegin()->first, current().segment->bytes() - bytes);
  }
  const bool due = options.sync == SyncPolicy::each ||
                   (options.sync == SyncPolicy::interval && now - synced >= options.sync_interval);
  if (!due) return {};
  synced = now;
  return sync();
}

Status Journal::Impl::write_acknowledgement(const RecordKey& key, TimePoint now) {
  if (!settle(key)) return {};
  ++counters.acknowledged;
  RecordHeader header;
  header.frame.type = MessageType::ack;
  header.frame.id = key.id;
  header.frame.session = key.session;
  header.frame.body_check = BodyCheck().value();
  const Status status = write(header, nullptr, now);
  remove_settled();
  return status;
}

Status Journal::Impl::sync() {
  if (!dirty) return {};
  if (options.sync != SyncPolicy::none) {
    if (Status status = current().segment->sync(); !status) return status;
  }
  dirty = false;
  return {};
}

Result<JournalRecord> Journal::Impl::read(const Place& place) {
  const Segment& segment = *files.at(place.file).segment;
  std::array<std::uint8_t, kRecordHeaderBytes> start{};
  if (Status status = segment.read(place.at, start); !status) return fail(status.error());
  const Result<RecordHeader> header = decode_record_header(start);
  if (!header) return fail(Code::corrupt, header.error().text);
  const std::size_t bytes = header->frame.body_bytes;
  const std::shared_ptr<std::uint8_t> memory = body_memory(bytes);
  if (Status status = segment.read(place.at + kRecordHeaderBytes, {memory.get(), bytes}); !status) {
    return fail(status.error());
  }
  BodyCheck check;
  check.add({memory.get(), bytes});
  if (check.value() != header->frame.body_check) {
    return fail(Code::corrupt, "journal: a record was changed on disk after it was written");
  }
  return JournalRecord{{}, header->time_us, 0, {{memory.get(), bytes}, memory}};
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Journal::~Journal() { static_cast<void>(impl_->sync()); }

Result<std::unique_ptr<Journal>> Journal::open(const JournalOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  Result<std::unique_ptr<FolderLock>> lock = FolderLock::take(options.folder);
  if (!lock) return fail(lock.error());
  impl->lock = std::move(*lock);
  Result<JournalFiles> files = open_segments(options.folder);
  if (!files) return fail(files.error());
  impl->files = std::move(*files);
  if (Status status = impl->recover(); !status) return fail(status.error());
  return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

Result<bool> Journal::append(const RecordKey& key, std::int64_t time_us, const Body& body, TimePoint now) {
  if (impl_->known.contains(key)) {
    ++impl_->counters.duplicates;
    return false;
  }
  const std::size_t most =
      std::min(kMaxBodyBytes, impl_->options.max_bytes - std::min(impl_->options.max_bytes, kRecordHeaderBytes));
  if (body.bytes > most) {
    return fail(Code::invalid, "journal: a record of " + std::to_string(body.bytes) + " bytes is above the limit of " +
                                   std::to_string(most) + "; raise max_bytes or record less");
  }
  BodyCheck check;
  for (const Bytes& piece : body.pieces) check.add(piece.view);
  RecordHeader header;
  header.frame.type = MessageType::record;
  header.frame.id = key.id;
  header.frame.session = key.session;
  header.frame.body_bytes = static_cast<std::uint32_t>(body.bytes);
  header.frame.body_check = check.value();
  header.time_us = time_us;
  if (Status status = impl_->write(header, &body, now); !status) return fail(status.error());
  ++impl_->counters.appended;
  return true;
}

Status Journal::acknowledge(const RecordKey& key, TimePoint now) { return impl_->write_acknowledgement(key, now); }

Status Journal::acknowledge_up_to(const RecordKey& key, TimePoint now) {
  std::vector<RecordKey> keys;
  for (const auto& [sequence, waiting] : impl_->waiting) {
    if (waiting.session == key.session && waiting.id <= key.id) keys.push_back(waiting);
  }
  Status first;
  for (const RecordKey& each : keys) {
    if (Status status = impl_->write_acknowledgement(each, now); !status && first) first = status;
  }
  return first;
}

bool Journal::contains(const RecordKey& key) const { return impl_->known.contains(key); }

Result<std::optional<JournalRecord>> Journal::next_waiting(std::uint64_t after) {
  for (;;) {
    const auto next = impl_->waiting.upper_bound(after);
    if (next == impl_->waiting.end()) return std::nullopt;
    const auto [sequence, key] = *next;
    Result<JournalRecord> record = impl_->read(impl_->known.at(key));
    if (record) {
      record->key = key;
      record->sequence = sequence;
      return std::move(*record);
    }
    if (record.error().code != Code::corrupt) return fail(std::move(record.error()));
    ++impl_->counters.corrupt;
    impl_->settle(key);
  }
}

Status Journal::tick(TimePoint now) {
  if (impl_->options.sync != SyncPolicy::interval || now - impl_->synced < impl_->options.sync_interval) return {};
  impl_->synced = now;
  return impl_->sync();
}

Status Journal::sync() { return impl_->sync(); }

JournalCounters Journal::counters() const {
  JournalCounters counters = impl_->counters;
  counters.waiting = impl_->waiting.size();
  return counters;
}

}  // namespace weir

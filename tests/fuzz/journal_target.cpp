// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/fuzz/targets.hpp"
#include "transport/journal/journal.hpp"
#include "transport/journal/record_format.hpp"
#include "transport/wire/crc32c.hpp"
#include "transport/wire/little_endian.hpp"

namespace weir::fuzz {
namespace {

/// A folder in memory where there is one: a run makes thousands of files.
std::filesystem::path make_folder() {
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path base =
      std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  return base / ("weir_fuzz_journal_" + std::to_string(::getpid()));
}

/// Keys of what waits, in order; how many, and their xor, are enough to compare two readings.
std::vector<RecordKey> waiting(Journal& journal) {
  std::vector<RecordKey> keys;
  for (std::uint64_t after = 0;;) {
    const Result<std::optional<JournalRecord>> record = journal.next_waiting(after);
    if (!record) std::abort();
    if (!*record) return keys;
    keys.push_back((*record)->key);
    after = (*record)->sequence;
  }
}

/// Makes the checks of a row of records right, as far as their lengths lead, so that more than the checks is tried.
void repair(std::vector<std::uint8_t>& bytes) {
  for (std::size_t at = 0; bytes.size() - at >= kRecordHeaderBytes;) {
    std::uint8_t* start = bytes.data() + at;
    const std::size_t body = load_little<std::uint32_t>(start + 16);
    if (body > bytes.size() - at - kRecordHeaderBytes) return;
    BodyCheck check;
    check.add({start + kRecordHeaderBytes, body});
    store_little(start + 40, check.value());
    store_little(start + 44, crc32c({start, 44}));
    store_little(start + 60, crc32c({start + 48, 12}));
    at += kRecordHeaderBytes + body;
  }
}

void open_and_use(const std::vector<std::uint8_t>& content) {
  static const std::filesystem::path folder = make_folder();
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "0000000000000001.weir", std::ios::binary)
      .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  JournalOptions options;
  options.folder = folder.string();
  options.sync = SyncPolicy::none;
  std::vector<RecordKey> before;
  const RecordKey added{0xF00D, 0xF00D};
  {
    Result<std::unique_ptr<Journal>> journal = Journal::open(options);
    if (!journal) std::abort();
    before = waiting(**journal);
    const Result<bool> appended = (*journal)->append(added, 1, {}, TimePoint{});
    if (!appended) std::abort();
    if (*appended) before.push_back(added);
    if (!before.empty() && !(*journal)->acknowledge(before.front(), TimePoint{})) std::abort();
  }
  if (!before.empty()) before.erase(before.begin());
  Result<std::unique_ptr<Journal>> journal = Journal::open(options);
  if (!journal || waiting(**journal) != before || (*journal)->counters().torn_bytes != 0) std::abort();
  journal->reset();
  std::filesystem::remove_all(folder);
}

}  // namespace

void journal(std::span<const std::uint8_t> input) {
  std::vector<std::uint8_t> content(input.begin(), input.end());
  open_and_use(content);
  repair(content);
  open_and_use(content);
}

}  // namespace weir::fuzz

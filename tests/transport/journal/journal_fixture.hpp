// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/transport/wire/bytes.hpp"
#include "transport/journal/journal.hpp"

namespace weir::test {

inline constexpr std::uint64_t kSession = 77;

/// A folder of its own for each test, and short ways to write and read a journal in it.
class JournalTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder = testing::TempDir() + "weir_journal_" + test->name();
    std::filesystem::remove_all(folder);
    options.folder = folder;
    options.sync = SyncPolicy::none;
  }
  void TearDown() override {
    journal.reset();
    std::filesystem::remove_all(folder);
  }

  /// Opens the journal, after closing it where it was open.
  void reopen() {
    journal.reset();
    Result<std::unique_ptr<Journal>> opened = Journal::open(options);
    ASSERT_TRUE(opened) << opened.error().text;
    journal = std::move(*opened);
  }

  Result<bool> append(std::uint64_t id, std::string_view text) {
    Body body;
    body.append(owned(buffer_of(text)));
    return journal->append({kSession, id}, static_cast<std::int64_t>(1000 + id), body, TimePoint{});
  }

  Status acknowledge(std::uint64_t id) { return journal->acknowledge({kSession, id}, TimePoint{}); }

  /// Ids of what waits, in order.
  std::vector<std::uint64_t> waiting() {
    std::vector<std::uint64_t> ids;
    for (std::uint64_t after = 0;;) {
      const Result<std::optional<JournalRecord>> record = journal->next_waiting(after);
      if (!record) ADD_FAILURE() << record.error().text;
      if (!record || !*record) return ids;
      ids.push_back((*record)->key.id);
      after = (*record)->sequence;
    }
  }

  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".weir") all.push_back(entry.path());
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  std::string folder;
  JournalOptions options;
  std::unique_ptr<Journal> journal;
};

}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
#include "transport/journal/journal.hpp"

#include <sys/stat.h>

#include "tests/transport/journal/journal_fixture.hpp"

namespace weir::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string text_of(const JournalRecord& record) { return {record.body.view.begin(), record.body.view.end()}; }

TEST_F(JournalTest, KeepsRecordsOverARestart) {
  reopen();
  EXPECT_EQ(append(1, "first"), true);
  EXPECT_EQ(append(2, ""), true);
  EXPECT_EQ(append(3, std::string(300'000, 'x')), true);
  reopen();
  EXPECT_THAT(waiting(), ElementsAre(1, 2, 3));
  const Result<std::optional<JournalRecord>> record = journal->next_waiting(0);
  ASSERT_TRUE(record && *record);
  EXPECT_EQ(text_of(**record), "first");
  EXPECT_EQ((*record)->key, (RecordKey{kSession, 1}));
  EXPECT_EQ((*record)->time_us, 1001);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>((*record)->body.view.data()) % 64, 0U);
}

TEST_F(JournalTest, WritesABodyOfManyPieces) {
  reopen();
  Body body;
  std::string all;
  for (int i = 0; i < 200; ++i) {
    body.append(owned(buffer_of("piece " + std::to_string(i) + ";")));
    all += "piece " + std::to_string(i) + ";";
  }
  EXPECT_EQ(journal->append({kSession, 1}, 0, body, TimePoint{}), true);
  EXPECT_EQ(text_of(**journal->next_waiting(0)), all);
}

TEST_F(JournalTest, WhatIsAcknowledgedNeverComesAgain) {
  reopen();
  for (std::uint64_t id = 1; id <= 5; ++id) ASSERT_TRUE(append(id, "record"));
  EXPECT_TRUE(acknowledge(2));
  EXPECT_TRUE(acknowledge(4));
  EXPECT_TRUE(acknowledge(99));
  EXPECT_THAT(waiting(), ElementsAre(1, 3, 5));
  reopen();
  EXPECT_THAT(waiting(), ElementsAre(1, 3, 5));
  EXPECT_TRUE(journal->contains({kSession, 2}));
  EXPECT_TRUE(journal->acknowledge_up_to({kSession, 3}, TimePoint{}));
  reopen();
  EXPECT_THAT(waiting(), ElementsAre(5));
}

TEST_F(JournalTest, AcknowledgingOneSessionLeavesOthers) {
  reopen();
  ASSERT_TRUE(append(1, "mine"));
  ASSERT_TRUE(journal->append({kSession + 1, 1}, 0, {}, TimePoint{}));
  EXPECT_TRUE(journal->acknowledge_up_to({kSession, 10}, TimePoint{}));
  EXPECT_EQ(journal->counters().waiting, 1U);
}

TEST_F(JournalTest, TheSameKeyIsWrittenOnce) {
  reopen();
  EXPECT_EQ(append(1, "one"), true);
  EXPECT_EQ(append(1, "other"), false);
  reopen();
  EXPECT_EQ(append(1, "third"), false);
  EXPECT_EQ(journal->counters().duplicates, 1U);
  EXPECT_THAT(waiting(), ElementsAre(1));
}

TEST_F(JournalTest, SettledFilesGo) {
  options.segment_bytes = 1000;
  reopen();
  for (std::uint64_t id = 1; id <= 20; ++id) ASSERT_TRUE(append(id, std::string(300, 'x')));
  EXPECT_GT(files().size(), 5U);
  for (std::uint64_t id = 2; id <= 20; ++id) EXPECT_TRUE(acknowledge(id));
  const std::size_t held = files().size();  // the oldest record waits, so all files stay
  EXPECT_GT(held, 5U);
  reopen();
  EXPECT_THAT(waiting(), ElementsAre(1));
  EXPECT_TRUE(acknowledge(1));
  EXPECT_EQ(files().size(), 1U);
  EXPECT_THAT(waiting(), IsEmpty());
  EXPECT_LT(journal->counters().bytes, 2000U);
}

TEST_F(JournalTest, NobodyElseMayReadItsFiles) {
  reopen();
  ASSERT_TRUE(append(1, "face"));
  struct stat facts {};
  ASSERT_EQ(::stat(files().front().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat(folder.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700U);
}

TEST_F(JournalTest, OneOpensItAtATime) {
  reopen();
  const Result<std::unique_ptr<Journal>> second = Journal::open(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::unavailable);
}

TEST_F(JournalTest, AFolderThatCannotBeMadeIsAnError) {
  options.folder = "/proc/weir_journal";
  const Result<std::unique_ptr<Journal>> opened = Journal::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::io);
}

TEST_F(JournalTest, EverySyncPolicyKeepsRecords) {
  std::uint64_t id = 0;
  for (const SyncPolicy policy : {SyncPolicy::each, SyncPolicy::interval, SyncPolicy::none}) {
    options.sync = policy;
    reopen();
    ASSERT_TRUE(append(++id, "record"));
    EXPECT_TRUE(journal->tick(TimePoint{} + std::chrono::seconds(5)));
    EXPECT_TRUE(journal->sync());
  }
  reopen();
  EXPECT_THAT(waiting(), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
// The journal's own limit, and a disk that is full.
#include <sys/resource.h>

#include <csignal>

#include "tests/transport/journal/journal_fixture.hpp"

namespace weir::test {
namespace {

using testing::ElementsAre;

/// Lets no file of this process grow beyond a size, as a full disk would, until it goes.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    former_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &former_);
    const rlimit limit{bytes, former_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &former_);
    std::signal(SIGXFSZ, former_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit former_{};
  void (*former_handler_)(int) = SIG_DFL;
};

TEST_F(JournalTest, BeyondItsLimitTheOldestRecordsAreDroppedAndCounted) {
  options.max_bytes = 8000;
  reopen();
  for (std::uint64_t id = 1; id <= 100; ++id) {
    ASSERT_TRUE(append(id, std::string(300, 'x')));
    EXPECT_LE(journal->counters().bytes, 8000U);
  }
  const std::vector<std::uint64_t> left = waiting();
  EXPECT_EQ(left.back(), 100U);
  EXPECT_EQ(left.size() + journal->counters().dropped, 100U);
  EXPECT_EQ(left.front(), journal->counters().dropped + 1);
  EXPECT_GT(left.size(), 10U);
  reopen();
  EXPECT_EQ(waiting(), left);
}

TEST_F(JournalTest, ARecordMayFillTheWholeJournalButNotMore) {
  options.max_bytes = 8000;
  reopen();
  ASSERT_TRUE(append(1, "small"));
  ASSERT_TRUE(append(2, std::string(8000 - 64, 'x')));
  EXPECT_THAT(waiting(), ElementsAre(2));
  const Result<bool> more = append(3, std::string(8000 - 63, 'x'));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Code::invalid);
  EXPECT_THAT(waiting(), ElementsAre(2));
}

TEST_F(JournalTest, AFullDiskIsAnErrorAndLeavesAGoodJournal) {
  reopen();
  ASSERT_TRUE(append(1, std::string(1000, 'a')));
  {
    const FullDisk full(2000);
    const Result<bool> refused = append(2, std::string(1000, 'b'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::io);
    EXPECT_EQ(append(3, std::string(500, 'c')), true);
    EXPECT_EQ(std::filesystem::file_size(files().front()), journal->counters().bytes);
  }
  EXPECT_EQ(append(2, std::string(1000, 'b')), true);
  reopen();
  EXPECT_THAT(waiting(), ElementsAre(1, 3, 2));
  EXPECT_EQ(journal->counters().torn_bytes, 0U);
}

TEST_F(JournalTest, AnAcknowledgementThatCannotBeWrittenHoldsUntilTheRestart) {
  reopen();
  ASSERT_TRUE(append(1, std::string(1000, 'a')));
  {
    const FullDisk full(1064);
    EXPECT_FALSE(acknowledge(1));
  }
  EXPECT_TRUE(waiting().empty());
  reopen();
  EXPECT_THAT(waiting(), ElementsAre(1));
}

}  // namespace
}  // namespace weir::test

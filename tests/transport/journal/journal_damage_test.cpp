// SPDX-License-Identifier: Apache-2.0
// What a crash or a bad disk leaves behind.
#include <fstream>
#include <iterator>

#include "tests/transport/journal/journal_fixture.hpp"
#include "transport/journal/record_format.hpp"

namespace weir::test {
namespace {

using testing::ElementsAre;

class JournalDamage : public JournalTest {
 protected:
  void SetUp() override {
    JournalTest::SetUp();
    reopen();
    ASSERT_TRUE(append(1, "first record"));
    ASSERT_TRUE(append(2, "second record"));
    last_at = journal->counters().bytes;
    ASSERT_TRUE(append(3, "third"));
    journal.reset();
    path = files().front();
    std::ifstream file(path, std::ios::binary);
    content.assign(std::istreambuf_iterator<char>(file), {});
  }

  void write(const std::string& bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  std::filesystem::path path;
  std::string content;
  std::size_t last_at = 0;
};

TEST_F(JournalDamage, TheLastRecordCutAtEveryByte) {
  for (std::size_t size = last_at; size < content.size(); ++size) {
    write(content.substr(0, size));
    reopen();
    EXPECT_THAT(waiting(), ElementsAre(1, 2)) << "cut at " << size;
    EXPECT_EQ(journal->counters().torn_bytes, size - last_at);
    EXPECT_EQ(append(3, "again"), true);
    reopen();
    EXPECT_THAT(waiting(), ElementsAre(1, 2, 3)) << "cut at " << size;
    EXPECT_EQ(journal->counters().torn_bytes, 0U);
  }
}

TEST_F(JournalDamage, TheLastRecordChangedAtEveryByte) {
  for (std::size_t at = last_at; at < content.size(); ++at) {
    std::string changed = content;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    write(changed);
    reopen();
    EXPECT_THAT(waiting(), ElementsAre(1, 2)) << "changed at " << at;
  }
}

TEST_F(JournalDamage, ADamagedBodyInTheMiddleCostsOneRecord) {
  std::string changed = content;
  changed[kRecordHeaderBytes] = 'X';
  write(changed);
  reopen();
  EXPECT_THAT(waiting(), ElementsAre(2, 3));
  EXPECT_EQ(journal->counters().corrupt, 1U);
  EXPECT_EQ(journal->counters().torn_bytes, 0U);
}

TEST_F(JournalDamage, ATailOfZeroesIsCutOff) {
  write(content + std::string(4096, '\0'));
  reopen();
  EXPECT_THAT(waiting(), ElementsAre(1, 2, 3));
  EXPECT_EQ(journal->counters().torn_bytes, 4096U);
}

TEST_F(JournalDamage, ARecordChangedWhileItIsOpenIsPassedOver) {
  reopen();
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(kRecordHeaderBytes + 2).put('X').flush();
  EXPECT_THAT(waiting(), ElementsAre(2, 3));
  EXPECT_EQ(journal->counters().corrupt, 1U);
}

TEST_F(JournalDamage, AnOlderFileThatEndsBadlyIsKeptAsItIs) {
  write(content.substr(0, last_at + 20));
  std::ofstream(folder + "/0000000000000002.weir").flush();
  reopen();
  EXPECT_THAT(waiting(), ElementsAre(1, 2));
  EXPECT_EQ(journal->counters().corrupt, 1U);
  EXPECT_EQ(std::filesystem::file_size(path), last_at + 20);
}

}  // namespace
}  // namespace weir::test

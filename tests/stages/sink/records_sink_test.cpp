// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stages/sink/sink_samples.hpp"
#include "transport/journal/journal.hpp"
#include "transport/wire/body_reader.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

TEST(SinkRecords, KeepsEachAnswerInTheJournal) {
  const TempDir folder;
  {
    StageHarness harness(sinks(), "sink.records", {{"path", folder / "records"}});
    ASSERT_TRUE(harness.open());
    for (int frame = 0; frame < 3; ++frame) {
      harness.feed("in", tracks({{{10, 20, 50.5F, 60}, 0.9F, 1, 3, 7, 0}}));
      ASSERT_TRUE(harness.run());
    }
    ASSERT_TRUE(harness.close());
  }
  JournalOptions options;
  options.folder = folder / "records";
  const auto journal = Journal::open(options);
  ASSERT_TRUE(journal) << journal.error().text;
  EXPECT_EQ((*journal)->counters().waiting, 3U);
  std::uint64_t after = 0;
  for (std::uint64_t frame = 0; frame < 3; ++frame) {
    const auto record = (*journal)->next_waiting(after);
    ASSERT_TRUE(record && *record);
    after = (*record)->sequence;
    EXPECT_EQ((*record)->key.id, frame + 1);
    EXPECT_GT((*record)->time_us, 1'600'000'000'000'000);
    const auto body = BodyReader::read((*record)->body);
    ASSERT_TRUE(body) << body.error().text;
    EXPECT_EQ(*body->root().get("frame")->natural(), frame);
    EXPECT_EQ(*body->root().get("stream")->text(), "camera");
    EXPECT_EQ(*body->root().get("outcome")->text(), "full");
    EXPECT_EQ(*body->root().get("answer")->get("type")->text(), "Tracks");
  }
}

TEST(SinkRecords, NamesTheKeyOfAFolderThatCannotBeMade) {
  StageHarness harness(sinks(), "sink.records", {{"path", "/proc/weir_records"}});
  const Status opened = harness.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::io);
  EXPECT_THAT(opened.error().text,
              testing::AllOf(testing::HasSubstr("path: journal: cannot make the folder /proc/weir"),
                             testing::HasSubstr("may write to")));
}

TEST(SinkRecords, RefusesAUrlThatCannotBeUsed) {
  const TempDir folder;
  for (const auto& [url, text] : {std::pair("tcp://127.0.0.1:4222", "nats://HOST:PORT/STREAM"),
                                  std::pair("nats://192.0.2.1:4222/RECORDS", "make-certs")}) {
    StageHarness harness(sinks(), "sink.records", {{"path", folder / "records"}, {"url", url}});
    const Status status = harness.open();
    ASSERT_FALSE(status) << url;
    EXPECT_THAT(status.error().text, HasSubstr(text));
  }
}

TEST(SinkRecords, RefusesALoginThatCannotBeRead) {
  const TempDir folder;
  StageHarness harness(
      sinks(), "sink.records",
      {{"path", folder / "records"}, {"url", "nats://127.0.0.1:4222/RECORDS"}, {"credentials", folder / "absent"}});
  const Status status = harness.open();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("cannot read the NATS credentials " + (folder / "absent")));
}

}  // namespace
}  // namespace weir

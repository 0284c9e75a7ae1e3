// SPDX-License-Identifier: Apache-2.0
#include "pipeline/reason.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace weir {
namespace {

TEST(Reason, BuiltInOnesHaveTheirTexts) {
  EXPECT_EQ(Reasons::none.text(), "");
  EXPECT_EQ(Reasons::queue_full.text(), "queue_full");
  EXPECT_EQ(Reasons::late.text(), "late");
  EXPECT_EQ(Reasons::source_busy.text(), "source_busy");
  EXPECT_EQ(Reasons::decode_error.text(), "decode_error");
  EXPECT_EQ(Reasons::stopped.text(), "stopped");
  EXPECT_EQ(Reasons::no_output.text(), "no_output");
  EXPECT_EQ(Reasons::before_start.text(), "before_start");
  EXPECT_EQ(Reason::intern("queue_full"), Reasons::queue_full);
}

TEST(Reason, SameTextIsSameReasonInAllThreads) {
  const auto name = [](int i) { return "error:stage" + std::to_string(i); };
  std::vector<Reason> first(500), second(500);
  std::thread other([&] {
    for (int i = 499; i >= 0; --i) second[static_cast<std::size_t>(i)] = Reason::intern(name(i));
  });
  for (int i = 0; i < 500; ++i) first[static_cast<std::size_t>(i)] = Reason::intern(name(i));
  other.join();
  EXPECT_EQ(first, second);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(first[static_cast<std::size_t>(i)].text(), name(i));
}

// Last, because it fills the table of the process.
TEST(Reason, TableIsBounded) {
  Reason last;
  for (int i = 0; i < 70'000; ++i) last = Reason::intern("made up " + std::to_string(i));
  EXPECT_EQ(last.text(), "other");
  EXPECT_EQ(Reason::intern("late"), Reasons::late);
}

}  // namespace
}  // namespace weir

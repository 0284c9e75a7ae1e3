// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/streaming_ap.hpp"

#include <gtest/gtest.h>

#include "tests/kernels/eval/eval_samples.hpp"

namespace weir {
namespace {

using samples::label;
using samples::result;
using std::chrono::milliseconds;

// Five frames at 10 Hz, and answers told apart by their score.
TimedStream stream_at_10_hz(std::vector<TimedAnswer> answers) {
  TimedStream stream;
  for (int i = 0; i < 5; ++i) stream.truth.push_back({i, milliseconds(100 * i), {label("Car", 0)}});
  stream.answers = std::move(answers);
  return stream;
}

TimedAnswer answer(std::int64_t frame, int published_ms, double score) {
  return {frame, milliseconds(published_ms), {result("Car", 0, score)}};
}

// The score of the answer that each frame is paired with; 0 for none.
std::vector<double> paired_scores(const TimedStream& stream) {
  std::vector<double> scores;
  for (const EvalFrame& frame : pair_streaming(stream)) {
    EXPECT_EQ(frame.truth.size(), 1U);
    scores.push_back(frame.results.empty() ? 0 : frame.results[0].score);
  }
  return scores;
}

TEST(PairStreaming, EachFrameMeetsTheNewestAnswerPublishedByItsCapture) {
  EXPECT_EQ(paired_scores(stream_at_10_hz({answer(0, 150, 1), answer(1, 300, 2), answer(3, 390, 3)})),
            (std::vector<double>{0, 0, 1, 2, 3}));
}

TEST(PairStreaming, AnAnswerAtTheInstantOfCaptureCounts) {
  EXPECT_EQ(paired_scores(stream_at_10_hz({answer(0, 0, 1), answer(1, 100, 2)})), (std::vector<double>{1, 2, 2, 2, 2}));
  EXPECT_EQ(paired_scores(stream_at_10_hz({answer(0, 401, 1)})), (std::vector<double>{0, 0, 0, 0, 0}));
}

TEST(PairStreaming, ALateAnswerToAnOlderFrameReplacesNothing) {
  EXPECT_EQ(paired_scores(stream_at_10_hz({answer(1, 120, 2), answer(0, 180, 1)})),
            (std::vector<double>{0, 0, 2, 2, 2}));
}

TEST(PairStreaming, AnUpdateOfTheSameFrameReplacesTheEarlierAnswer) {
  EXPECT_EQ(paired_scores(stream_at_10_hz({answer(1, 250, 3), answer(1, 120, 2)})),
            (std::vector<double>{0, 0, 2, 3, 3}));
}

TEST(PairStreaming, OrderOfInputsDoesNotMatter) {
  TimedStream stream = stream_at_10_hz({answer(3, 390, 3), answer(0, 150, 1), answer(1, 300, 2)});
  std::swap(stream.truth[0], stream.truth[4]);
  EXPECT_EQ(paired_scores(stream), (std::vector<double>{0, 0, 1, 2, 3}));
}

// A car moves 20 pixels a frame: an answer one frame old overlaps by 80/120, which is less than 0.7 and more than 0.5.
TEST(StreamingAp, LatencyCostsWhatTheWorldMoved) {
  for (const bool late : {false, true}) {
    TimedStream stream;
    for (int i = 0; i < 50; ++i) {
      stream.truth.push_back({i, milliseconds(100 * i), {label("Car", 20.0F * static_cast<float>(i))}});
      const int published = 100 * i + (late ? 60 : 0);
      stream.answers.push_back(
          {i, milliseconds(published), {result("Car", 20.0F * static_cast<float>(i), 1.0 - 0.001 * i)}});
    }
    const std::vector<TimedStream> streams{stream};
    const ApScore strict = streaming_ap(streams, {"Car", 0.7}).at(Difficulty::moderate);
    const ApScore loose = streaming_ap(streams, {"Car", 0.5}).at(Difficulty::moderate);
    EXPECT_EQ(strict.truth, 50U);
    EXPECT_NEAR(strict.r40, late ? 0 : 100, 1e-9);
    EXPECT_NEAR(loose.interpolated, late ? 97.5 : 100, 1e-9);  // 49 of 50 cars: the first has no answer yet
  }
}

TEST(StreamingAp, NoStreamsAndNoAnswers) {
  EXPECT_EQ(streaming_ap({}, {}).at(Difficulty::easy).truth, 0U);
  const std::vector<TimedStream> silent{stream_at_10_hz({})};
  EXPECT_EQ(streaming_ap(silent, {}).at(Difficulty::easy).truth, 5U);
  EXPECT_EQ(streaming_ap(silent, {}).at(Difficulty::easy).r40, 0);
}

}  // namespace
}  // namespace weir

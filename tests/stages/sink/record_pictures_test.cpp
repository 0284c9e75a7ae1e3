// SPDX-License-Identifier: Apache-2.0
// sink.records with frames: what comes back out of the journal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "stages/ingest/image_decoder.hpp"
#include "tests/stages/sink/sink_samples.hpp"
#include "transport/journal/journal.hpp"
#include "transport/wire/body_reader.hpp"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kWidth = 160, kHeight = 90;

/// One record with its picture, if it has one.
struct Kept {
  std::uint64_t frame = 0;
  std::string picture;  ///< the file's bytes
};

class RecordPictures : public testing::Test {
 protected:
  using Params = std::map<std::string, std::string>;

  /// Records `count` frames made by `make(i)` with an answer each.
  template <typename Make>
  std::vector<std::string> record(int count, Params params, Make make) {
    params["path"] = path();
    StageHarness harness(sinks(), "sink.records", params);
    EXPECT_TRUE(harness.open());
    for (int i = 0; i < count; ++i) {
      harness.feed("in", tracks({{{10, 20, 50.5F, 60}, 0.9F, 1, 3, 7, 0}}));
      harness.feed("frame", make(i));
      EXPECT_TRUE(harness.run());
    }
    EXPECT_TRUE(harness.close());
    return harness.warnings();
  }

  std::string path() const { return folder_ / "records"; }

  /// All that waits in the journal, oldest first, and its counters.
  std::vector<Kept> read(JournalCounters& counters) const {
    JournalOptions options;
    options.folder = path();
    const auto journal = Journal::open(options);
    if (!journal) {
      ADD_FAILURE() << journal.error().text;
      return {};
    }
    std::vector<Kept> all;
    for (std::uint64_t after = 0;;) {
      const auto record = (*journal)->next_waiting(after);
      if (!record || !*record) break;
      after = (*record)->sequence;
      const auto body = BodyReader::read((*record)->body);
      EXPECT_TRUE(body);
      EXPECT_EQ(*body->root().get("answer")->get("type")->text(), "Tracks");
      all.push_back({*body->root().get("frame")->natural(), {}});
      const auto picture = body->root().find("picture");
      if (!picture) continue;
      EXPECT_EQ(*picture->get("codec")->text(), "jpeg");
      EXPECT_EQ(*picture->get("width")->natural(), static_cast<std::uint64_t>(kWidth));
      EXPECT_EQ(*picture->get("height")->natural(), static_cast<std::uint64_t>(kHeight));
      const auto bytes = picture->get("data")->binary();
      if (bytes) all.back().picture.assign(bytes->begin(), bytes->end());
    }
    counters = (*journal)->counters();
    return all;
  }

  Frame decoded(const std::string& picture) const {
    const std::string file = folder_ / "picture.jpg";
    std::ofstream(file, std::ios::binary) << picture;
    Frame frame;
    const Status status = ImageDecoder().read(file, frame);
    EXPECT_TRUE(status) << status.error().text;
    return frame;
  }

  const TempDir folder_;
};

/// Soft colours that JPEG holds well, other ones in each frame.
Frame soft(int step) {
  Frame frame;
  const MutableImageView image = frame.allocate(kWidth, kHeight, PixelFormat::bgr8);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < 3 * kWidth; ++x) image.row(y)[x] = static_cast<std::uint8_t>(40 * step + x / 12 + y / 2);
  }
  return frame;
}

/// Chance grey levels: the largest files.
Frame noise(int step) {
  Random random(static_cast<std::uint64_t>(step));
  Frame frame;
  const MutableImageView image = frame.allocate(kWidth, kHeight, PixelFormat::bgr8);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < 3 * kWidth; ++x) image.row(y)[x] = static_cast<std::uint8_t>(random.uniform(0.0, 256.0));
  }
  return frame;
}

/// Root of the mean squared difference, in grey levels.
double difference(const ImageView& a, const ImageView& b) {
  if (a.width != b.width || a.height != b.height) return INFINITY;
  double sum = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < 3 * a.width; ++x) sum += std::pow(a.row(y)[x] - b.row(y)[x], 2);
  }
  return std::sqrt(sum / (3.0 * a.width * a.height));
}

TEST_F(RecordPictures, ComeBackAsTheyWere) {
  EXPECT_THAT(record(4, {}, soft), testing::IsEmpty());
  JournalCounters counters;
  const std::vector<Kept> all = read(counters);
  ASSERT_EQ(all.size(), 4U);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(all[i].frame, static_cast<std::uint64_t>(i));
    EXPECT_LT(difference(decoded(all[i].picture).image, soft(i).image), 3) << "frame " << i;
    EXPECT_GT(difference(decoded(all[i].picture).image, soft(i + 1).image), 10) << "frame " << i;
  }
}

TEST_F(RecordPictures, AreTakenOfEveryNthFrame) {
  record(5, {{"picture_every", "2"}}, soft);
  JournalCounters counters;
  std::vector<std::uint64_t> with;
  for (const Kept& kept : read(counters)) {
    if (!kept.picture.empty()) with.push_back(kept.frame);
  }
  EXPECT_THAT(with, ElementsAre(0, 2, 4));
  EXPECT_EQ(counters.waiting, 5U);
}

TEST_F(RecordPictures, ThatAreTooLargeLeaveTheAnswer) {
  const auto warnings = record(3, {{"picture_max_kb", "8"}}, [](int i) { return i == 0 ? soft(i) : noise(i); });
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("first in frame 1: it has "));
  JournalCounters counters;
  const std::vector<Kept> all = read(counters);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_FALSE(all[0].picture.empty());
  EXPECT_TRUE(all[1].picture.empty());
  EXPECT_TRUE(all[2].picture.empty());
}

TEST_F(RecordPictures, StayWithinTheJournalsSize) {
  const auto warnings = record(120, {{"max_mb", "1"}}, noise);
  ASSERT_GE(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("oldest records were dropped; raise max_mb"));
  JournalCounters counters;
  const std::vector<Kept> all = read(counters);
  ASSERT_GT(all.size(), 20U);
  ASSERT_LT(all.size(), 120U);
  EXPECT_LE(counters.bytes, std::size_t{1} << 20);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].frame, 120 - all.size() + i) << "the newest stay";
}

TEST_F(RecordPictures, SurviveATornTail) {
  record(3, {}, soft);
  const std::string segment = path() + "/0000000000000001.weir";
  const std::uintmax_t bytes = std::filesystem::file_size(segment);
  std::filesystem::resize_file(segment, bytes - 100);  // within the last picture
  JournalCounters counters;
  const std::vector<Kept> all = read(counters);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_GT(counters.torn_bytes, 1000U);
  EXPECT_LT(difference(decoded(all[1].picture).image, soft(1).image), 3);
}

}  // namespace
}  // namespace weir

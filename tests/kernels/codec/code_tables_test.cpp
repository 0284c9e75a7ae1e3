// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/code_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "kernels/base/random.hpp"
#include "kernels/codec/byte_io.hpp"
#include "tests/kernels/codec/feature_samples.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

TEST(CodeTables, ComeBackFromTheirBytes) {
  const auto tables = test::sample_tables();
  const auto read = CodeTables::parse(tables->bytes());
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ((*read)->parts(), tables->parts());
  EXPECT_EQ((*read)->id(), tables->id());
  EXPECT_EQ((*read)->bytes(), tables->bytes());
  EXPECT_NE(test::sample_tables(2)->id(), tables->id());
}

TEST(CodeTables, OtherBytesAreRefused) {
  const auto tables = test::sample_tables();
  auto bytes = tables->bytes();
  bytes[0] ^= 1;
  EXPECT_THAT(CodeTables::parse(bytes).error().text, HasSubstr("not a table file"));
  bytes = tables->bytes();
  bytes[4] = 9;
  EXPECT_THAT(CodeTables::parse(bytes).error().text, HasSubstr("version 9, wanted 1"));
  bytes = tables->bytes();
  bytes[bytes.size() / 2] ^= 4;
  EXPECT_THAT(CodeTables::parse(bytes).error().text, HasSubstr("check sum"));
  for (std::size_t n = 0; n < tables->bytes().size(); n += 97) {
    EXPECT_FALSE(CodeTables::parse(std::span(tables->bytes()).first(n)));
  }
}

// With the check sum made right again, the values themselves are looked at.
TEST(CodeTables, ChangedValuesAreRefusedOrRead) {
  const auto original = test::sample_tables()->bytes();
  Random random(23);
  int refused = 0;
  for (int trial = 0; trial < 300; ++trial) {
    auto bytes = original;
    bytes.resize(bytes.size() - 8);
    for (int i = 0; i < 2; ++i) bytes[5 + random.below(bytes.size() - 5)] = static_cast<std::uint8_t>(random.next());
    codec::ByteWriter(bytes).u64(codec::content_hash(bytes));
    const auto read = CodeTables::parse(bytes);
    if (!read) {
      EXPECT_EQ(read.error().code, Code::corrupt);
      ++refused;
    } else {
      EXPECT_EQ((*read)->channels(), std::size_t{test::kSampleChannels});
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(CodeTables, InconsistentPartsAreNamed) {
  const auto tables = test::sample_tables();
  const auto text_of = [&](auto change) {
    CodeTables::Parts parts = tables->parts();
    change(parts);
    const auto made = CodeTables::create(std::move(parts));
    return made ? std::string("accepted") : made.error().text;
  };
  EXPECT_THAT(text_of([](auto& p) { p.order[0] = p.order[1]; }), HasSubstr("order"));
  EXPECT_THAT(text_of([](auto& p) { p.rungs[1].codes[2].step = 0; }), HasSubstr("rung 4 bits, channel 2"));
  EXPECT_THAT(text_of([](auto& p) { p.rungs[0].codes[0].levels = 300; }), HasSubstr("300 levels"));
  EXPECT_THAT(text_of([](auto& p) { p.rungs[0].codes[0].bins[0] = 8; }), HasSubstr("bins"));
  EXPECT_THAT(text_of([](auto& p) { p.rungs[0].codes[0].still.rows[3].cumulative[1] = 5000; }), HasSubstr("4096"));
  EXPECT_THAT(text_of([](auto& p) { p.rungs.clear(); }), HasSubstr("0 rungs"));
}

TEST(Calibration, RefusesWhatItCannotUse) {
  const test::FeatureStream stream(1, test::kSampleChannels, test::kSampleHeight, test::kSampleWidth);
  Tensor a = stream.at(0), b = stream.at(1);
  std::vector<std::vector<TensorView>> recordings{{a.view()}};
  EXPECT_THAT(calibrate(recordings, test::sample_options()).error().text, HasSubstr("at least 2 tensors"));
  recordings[0].push_back(b.view());
  EXPECT_TRUE(calibrate(recordings, test::sample_options()));
  auto options = test::sample_options();
  options.sensitivity.pop_back();
  EXPECT_THAT(calibrate(recordings, options).error().text, HasSubstr("5 sensitivities for 6 channels"));
  options = test::sample_options();
  options.rungs[0].bits = 9;
  EXPECT_THAT(calibrate(recordings, options).error().text, HasSubstr("bits must be 1 to 8"));
  options = test::sample_options();
  options.rungs[1].steps.assign(6, 1);
  EXPECT_THAT(calibrate(recordings, options).error().text, HasSubstr("rung 4 bits: 6 fixed steps; wanted"));
  options.rungs = {options.rungs[1]};
  EXPECT_TRUE(calibrate(recordings, options));
  options.rungs[0].steps[2] = 0;
  EXPECT_THAT(calibrate(recordings, options).error().text, HasSubstr("6 positive ones"));
  b.as<float>()[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(calibrate(recordings, test::sample_options()).error().text, HasSubstr("not finite"));
}

TEST(Calibration, OrdersByImportanceAndAllocatesBySensitivity) {
  const auto tables = test::sample_tables();
  const auto& codes = tables->rungs()[5].codes;
  const auto step_of = [&](std::size_t channel) {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (tables->order()[i] == channel) return codes[i].step;
    }
    return 0.F;
  };
  EXPECT_FLOAT_EQ(step_of(0), 0.2F);  // 0.4 / sqrt(4)
  EXPECT_FLOAT_EQ(step_of(1), 0.4F);
  EXPECT_EQ(tables->rungs()[4].codes.size(), 3U);
  EXPECT_EQ(tables->rungs()[1].codes[0].levels, 16);
}

}  // namespace
}  // namespace weir

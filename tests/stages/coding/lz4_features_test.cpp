// SPDX-License-Identifier: Apache-2.0
#include "stages/coding/lz4_features.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/base/random.hpp"
#include "kernels/codec/byte_io.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::uint64_t kModel = 0x1122334455667788ULL;
const Shape kShape{1, 5, 9, 13};

/// Smooth, with a floor, as activations are.
Tensor activations(const Shape& shape = kShape) {
  Tensor tensor(DType::f32, shape);
  auto values = tensor.as<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::max(0.F, 3 * std::sin(0.07F * static_cast<float>(i))) - 0.5F;
  }
  return tensor;
}

std::vector<std::uint8_t> message(const Tensor& tensor = activations()) {
  Lz4FeatureEncoder encoder(kModel);
  std::vector<std::uint8_t> bytes;
  const Status status = encoder.encode(tensor.view(), bytes);
  EXPECT_TRUE(status) << status.error().text;
  return bytes;
}

std::string refusal(std::span<const std::uint8_t> bytes, std::uint64_t model = kModel, const Shape& shape = kShape) {
  Tensor out;
  const Status status = Lz4FeatureDecoder(model, shape).decode(bytes, out);
  return status ? std::string() : status.error().text;
}

/// The check sum made right, so that what lies behind it is tried.
void repair(std::vector<std::uint8_t>& bytes) {
  if (bytes.size() < 9) return;
  const std::uint64_t hash = codec::content_hash(std::span(bytes).subspan(9));
  const auto sum = static_cast<std::uint32_t>(hash ^ (hash >> 32));
  for (std::size_t i = 0; i < 4; ++i) bytes[5 + i] = static_cast<std::uint8_t>(sum >> (8 * i));
}

TEST(Lz4Features, ComeBackWithinHalfAStep) {
  Tensor tensor = activations();
  const auto bytes = message(tensor);
  EXPECT_LT(bytes.size(), tensor.bytes() / 4) << "LZ4 saves nothing on smooth features";
  Tensor out;
  ASSERT_TRUE(Lz4FeatureDecoder(kModel, kShape).decode(bytes, out));
  ASSERT_EQ(out.shape(), kShape);
  const auto want = tensor.as<float>(), got = out.as<float>();
  const auto [low, high] = std::ranges::minmax(want);
  const float half = (high - low) / 255 / 2;
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], half * 1.001F) << i;
}

TEST(Lz4Features, OneValueEverywhereIsKept) {
  for (const float value : {0.F, -3.5F, 1e30F, std::numeric_limits<float>::denorm_min()}) {
    Tensor tensor(DType::f32, kShape), out;
    std::ranges::fill(tensor.as<float>(), value);
    ASSERT_TRUE(Lz4FeatureDecoder(kModel, kShape).decode(message(tensor), out)) << value;
    EXPECT_THAT(out.as<float>(), testing::Each(value));
  }
}

TEST(Lz4Features, RefuseWhatCannotBeSent) {
  Lz4FeatureEncoder encoder(kModel);
  std::vector<std::uint8_t> bytes;
  Tensor tensor = activations();
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    tensor.as<float>()[17] = bad;
    EXPECT_THAT(encoder.encode(tensor.view(), bytes).error().text, HasSubstr("not finite"));
  }
  EXPECT_THAT(encoder.encode(Tensor(DType::u8, kShape).view(), bytes).error().text, HasSubstr("u8 1x5x9x13"));
  EXPECT_THAT(encoder.encode(Tensor(DType::f32, {2, 3}).view(), bytes).error().text, HasSubstr("1xCxHxW"));
}

TEST(Lz4Features, AWrongMessageIsNamed) {
  const auto bytes = message();
  EXPECT_EQ(refusal(bytes), "");
  EXPECT_THAT(refusal({}), HasSubstr("magic"));
  EXPECT_THAT(refusal(std::span(bytes).first(20)), AllOf(HasSubstr("20 bytes"), HasSubstr("header")));
  EXPECT_THAT(refusal(std::span(bytes).first(bytes.size() - 1)), HasSubstr("check sum"));
  EXPECT_THAT(refusal(bytes, kModel + 1), HasSubstr("another network"));
  EXPECT_THAT(refusal(bytes, kModel, {1, 5, 13, 9}), AllOf(HasSubstr("1x5x9x13"), HasSubstr("1x5x13x9")));
  auto other = bytes;
  other[4] = 2;
  EXPECT_THAT(refusal(other), AllOf(HasSubstr("version 2"), HasSubstr("wanted 1")));
  other = bytes;
  for (std::size_t i = 23; i < 27; ++i) other[i] = 0xFF;  // the low end of the range
  repair(other);
  EXPECT_THAT(refusal(other), HasSubstr("finite"));
  other.assign(bytes.begin(), bytes.end() - 3);
  repair(other);
  EXPECT_THAT(refusal(other), HasSubstr("decompressed"));
  other = bytes;
  other.resize(2000);
  repair(other);
  EXPECT_THAT(refusal(other), HasSubstr("more bytes"));
}

TEST(Lz4Features, AnyBytesAreDecodedOrRefused) {
  const auto good = message();
  Random random(21);
  Lz4FeatureDecoder decoder(kModel, kShape);
  Tensor out;
  int decoded = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    std::vector<std::uint8_t> bytes = good;
    if (trial % 4 == 0) bytes.resize(random.below(2 * good.size()));
    const std::size_t from = trial % 2 == 0 ? 31 : 9;  // what LZ4 reads alone, or the shape and range too
    for (std::uint64_t change = random.below(8); change-- > 0 && bytes.size() > from;) {
      bytes[from + random.below(bytes.size() - from)] = static_cast<std::uint8_t>(random.next());
    }
    if (trial % 8 != 1) repair(bytes);
    const Status status = decoder.decode(bytes, out);
    if (!status) {
      ASSERT_NE(status.error().text, "");
      continue;
    }
    ++decoded;
    ASSERT_TRUE(std::ranges::all_of(out.as<float>(), [](float value) { return std::isfinite(value); }));
  }
  EXPECT_GT(decoded, 100) << "what lies behind the check sum is not reached";
  EXPECT_TRUE(decoder.decode(good, out));
}

TEST(Lz4Features, NothingIsAllocatedOnceTheyWereSeen) {
  const Tensor tensor = activations();
  Lz4FeatureEncoder encoder(kModel);
  Lz4FeatureDecoder decoder(kModel, kShape);
  std::vector<std::uint8_t> bytes;
  Tensor out;
  ASSERT_TRUE(encoder.encode(tensor.view(), bytes));
  ASSERT_TRUE(decoder.decode(bytes, out));
  const std::size_t before = test::allocation_count();
  ASSERT_TRUE(encoder.encode(tensor.view(), bytes));
  ASSERT_TRUE(decoder.decode(bytes, out));
  EXPECT_EQ(test::allocation_count(), before);
}

}  // namespace
}  // namespace weir

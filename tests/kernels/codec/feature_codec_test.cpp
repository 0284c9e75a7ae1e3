// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/base/random.hpp"
#include "kernels/codec/byte_io.hpp"
#include "kernels/codec/feature_decoder.hpp"
#include "kernels/codec/feature_encoder.hpp"
#include "tests/kernels/codec/feature_samples.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

using test::FeatureStream;
using testing::HasSubstr;

constexpr std::size_t kEight = 0, kFour = 1, kHalf = 4, kAllocated = 5;

class FeatureCodec : public testing::Test {
 protected:
  std::vector<std::uint8_t> encode(int t, std::size_t rung, bool key = false) {
    const Tensor tensor = stream_.at(t);
    const auto message = encoder_.encode(tensor.view(), rung, static_cast<std::uint64_t>(t), key);
    EXPECT_TRUE(message) << message.error().text;
    return {message->begin(), message->end()};
  }

  DecodedFeatures decode(std::span<const std::uint8_t> message) {
    const auto decoded = decoder_.decode(message, out_);
    EXPECT_TRUE(decoded) << decoded.error().text;
    return decoded.value_or(DecodedFeatures{});
  }

  Error error_of(std::span<const std::uint8_t> message) {
    const auto decoded = decoder_.decode(message, out_);
    return decoded ? Error{Code::internal, "decoded"} : decoded.error();
  }

  // Farthest that a decoded value of a sent channel is from the tensor, in steps of its code.
  double worst_in_steps(int t, std::size_t rung, std::size_t channels) {
    const Tensor tensor = stream_.at(t);
    const std::size_t n = std::size_t{test::kSampleHeight} * test::kSampleWidth;
    double worst = 0;
    for (std::size_t i = 0; i < channels; ++i) {
      const ChannelCode& code = tables_->rungs()[rung].codes[i];
      for (std::size_t k = tables_->order()[i] * n; k < (tables_->order()[i] + 1U) * n; ++k) {
        const float value = std::clamp(tensor.view().as<float>()[k], code.low,
                                       code.low + code.step * static_cast<float>(code.levels - 1));
        worst = std::max(worst, static_cast<double>(std::abs(out_.as<float>()[k] - value)) / code.step);
      }
    }
    return worst;
  }

  std::shared_ptr<const CodeTables> tables_ = test::sample_tables();
  FeatureStream stream_{4, test::kSampleChannels, test::kSampleHeight, test::kSampleWidth};
  FeatureEncoder encoder_{tables_};
  FeatureDecoder decoder_{tables_};
  Tensor out_;
};

TEST_F(FeatureCodec, EveryRungComesBackWithinAStep) {
  for (std::size_t rung = 0; rung < tables_->rungs().size(); ++rung) {
    for (int i = 0; i < 4; ++i) {
      const int t = static_cast<int>(rung) * 4 + i;
      const DecodedFeatures d = decode(encode(t, rung));
      EXPECT_EQ(d.frame, static_cast<std::uint64_t>(t));
      EXPECT_EQ(d.rung, rung);
      EXPECT_TRUE(d.whole);
      EXPECT_EQ(d.channels, tables_->rungs()[rung].codes.size());
      // Half a step for rounding, half for the mean of a symbol's values, which lies in its cell.
      EXPECT_LE(worst_in_steps(t, rung, d.channels), 1.001 + (rung == kAllocated ? 0.2 : 0));
      encoder_.acknowledge(d.frame);
    }
  }
}

TEST_F(FeatureCodec, ChannelsBehindThePrefixAreTheirMeans) {
  const DecodedFeatures d = decode(encode(0, kHalf));
  EXPECT_EQ(d.channels, 3U);
  const std::size_t n = std::size_t{test::kSampleHeight} * test::kSampleWidth;
  const std::size_t last = tables_->order()[5];
  EXPECT_EQ(out_.as<float>()[last * n], tables_->means()[last]);
}

TEST_F(FeatureCodec, ATruncatedMessageGivesWholeSlicesOnly) {
  const auto message = encode(0, kFour);
  std::size_t before = 0;
  for (std::size_t n = 0; n < message.size(); ++n) {
    const auto decoded = decoder_.decode(std::span(message).first(n), out_);
    if (!decoded) {
      EXPECT_EQ(before, 0U);
      continue;
    }
    EXPECT_FALSE(decoded->whole);
    EXPECT_GE(decoded->channels, before);
    before = decoded->channels;
    EXPECT_LE(worst_in_steps(0, kFour, before), 1.001);
  }
  EXPECT_GT(before, 0U);
  EXPECT_LT(before, 6U);
  EXPECT_TRUE(decode(message).whole);
}

TEST_F(FeatureCodec, RefersOnlyToWhatWasAcknowledged) {
  decode(encode(0, kFour));
  EXPECT_TRUE(decode(encode(1, kFour)).key);  // frame 0 was sent, not confirmed
  EXPECT_TRUE(encoder_.acknowledge(1));
  encode(2, kFour);  // lost
  const DecodedFeatures d = decode(encode(3, kFour));
  EXPECT_FALSE(d.key);
  EXPECT_EQ(encoder_.reference(), 1U);
  EXPECT_FALSE(encoder_.acknowledge(0));   // older than the reference
  EXPECT_FALSE(encoder_.acknowledge(99));  // never sent
  EXPECT_EQ(encoder_.reference(), 1U);
}

TEST_F(FeatureCodec, TheReferenceSurvivesManyUnconfirmedFrames) {
  decode(encode(0, kFour));
  encoder_.acknowledge(0);
  for (int t = 1; t < 60; ++t) encode(t, kFour);  // all lost
  EXPECT_FALSE(decode(encode(60, kFour)).key);
}

TEST_F(FeatureCodec, AnUnknownReferenceIsToldAndMendedByForgetting) {
  decode(encode(0, kFour));
  encoder_.acknowledge(0);
  FeatureDecoder restarted(tables_);
  const auto decoded = restarted.decode(encode(1, kFour), out_);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Code::not_found);
  EXPECT_THAT(decoded.error().text, HasSubstr("refers to frame 0"));
  encoder_.forget();
  const auto mended = restarted.decode(encode(2, kFour), out_);
  ASSERT_TRUE(mended);
  EXPECT_TRUE(mended->key);
}

TEST_F(FeatureCodec, RungsMayChangeBetweenAnyTwoFrames) {
  Random random(31);
  for (int t = 0; t < 60; ++t) {
    const std::size_t rung = random.below(tables_->rungs().size());
    const DecodedFeatures d = decode(encode(t, rung, random.below(8) == 0));
    ASSERT_TRUE(d.whole);
    ASSERT_LE(worst_in_steps(t, rung, d.channels), 1.201) << t;
    if (random.below(3) > 0) encoder_.acknowledge(d.frame);
  }
}

TEST_F(FeatureCodec, AReferenceSavesBytesAndASceneChangeCostsNoMoreThanAKey) {
  const std::size_t key = encode(0, kAllocated).size();
  encoder_.acknowledge(0);
  EXPECT_LT(encode(1, kAllocated).size(), key * 8 / 10);
  const Tensor other = FeatureStream(99, test::kSampleChannels, test::kSampleHeight, test::kSampleWidth).at(50);
  const std::size_t changed = encoder_.encode(other.view(), kAllocated, 2)->size();
  const std::size_t alone = encoder_.encode(other.view(), kAllocated, 3, true)->size();
  EXPECT_LE(changed, alone + 24);
}

TEST_F(FeatureCodec, NoMessageIsMuchLongerThanPackedBits) {
  Random random(41);
  Tensor noise(DType::f32, Shape{1, test::kSampleChannels, test::kSampleHeight, test::kSampleWidth});
  for (float& v : noise.as<float>()) v = static_cast<float>(random.uniform(-1, 5));
  const std::size_t n = noise.as<float>().size();
  const auto message = encoder_.encode(noise.view(), kEight, 0);
  ASSERT_TRUE(message);
  EXPECT_LE(message->size(), n + codec::kHeaderBytes + 5 * std::size_t{test::kSampleChannels});
  EXPECT_TRUE(decode(*message).whole);
}

TEST_F(FeatureCodec, OtherTablesModelsShapesAndVersionsAreNamed) {
  const auto message = encode(0, kFour);
  FeatureDecoder others(test::sample_tables(2));
  EXPECT_THAT(others.decode(message, out_).error().text, HasSubstr("same table file"));
  CodeTables::Parts parts = tables_->parts();
  parts.model_hash = 5;
  FeatureDecoder model(*CodeTables::create(parts));
  EXPECT_THAT(model.decode(message, out_).error().text,
              HasSubstr("0123456789abcdef, but the tables here are for model 0000000000000005"));
  auto changed = message;
  changed[4] = 7;
  EXPECT_THAT(error_of(changed).text, HasSubstr("version 7, wanted 2"));
  changed = message;
  changed[0] ^= 1;
  EXPECT_THAT(error_of(changed).text, HasSubstr("magic"));
  changed = message;
  changed[20] ^= 1;
  EXPECT_THAT(error_of(changed).text, HasSubstr("check sum"));
  decoder_.limit(100);
  EXPECT_THAT(error_of(message).text, HasSubstr("6x13x21 has more than the 100 values"));

  const Tensor narrow(DType::f32, Shape{1, 5, 4, 4});
  EXPECT_THAT(encoder_.encode(narrow.view(), kFour, 1).error().text, HasSubstr("f32 1x5x4x4"));
  EXPECT_THAT(encoder_.encode(stream_.at(1).view(), 6, 1).error().text, HasSubstr("rung 6"));
  EXPECT_THAT(encoder_.encode(stream_.at(1).view(), kFour, 0).error().text, HasSubstr("frame 0 after frame 0"));
}

TEST_F(FeatureCodec, WrongBitsAreTold) {
  decode(encode(0, kAllocated));
  encoder_.acknowledge(0);
  const auto message = encode(1, kAllocated);
  std::size_t told = 0;
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    auto changed = message;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto decoded = decoder_.decode(changed, out_);
    told += !decoded || !decoded->whole ? 1U : 0U;
  }
  EXPECT_EQ(told, 8 * message.size());
}

struct Slice {
  std::uint8_t channels = 0;
  std::vector<std::uint8_t> payload;
};

std::vector<Slice> slices_of(std::span<const std::uint8_t> message) {
  codec::ByteReader in(message.subspan(codec::kHeaderBytes));
  std::vector<Slice> slices;
  while (in.left() > 0) {
    const std::uint8_t channels = in.u8();
    in.u16();
    const auto payload = in.bytes(in.varint());
    slices.push_back({channels, {payload.begin(), payload.end()}});
  }
  return slices;
}

std::vector<std::uint8_t> joined(std::span<const std::uint8_t> header, const std::vector<Slice>& slices) {
  std::vector<std::uint8_t> message(header.begin(), header.end());
  codec::ByteWriter out(message);
  for (const Slice& slice : slices) {
    out.u8(slice.channels);
    out.u16(codec::slice_check(slice.channels, slice.payload));
    out.varint(static_cast<std::uint32_t>(slice.payload.size()));
    message.insert(message.end(), slice.payload.begin(), slice.payload.end());
  }
  return message;
}

TEST_F(FeatureCodec, TheFirstSliceThatDoesNotEndWhereItShouldIsNamed) {
  decode(encode(0, kEight));
  encoder_.acknowledge(0);
  for (const bool key : {false, true}) {
    const auto message = encode(key ? 2 : 1, kEight, key);
    const auto header = std::span(message).first(codec::kHeaderBytes);
    const auto slices = slices_of(message);
    ASSERT_GT(slices.size(), key ? 3U : 1U);
    ASSERT_EQ(joined(header, slices), message);
    for (std::size_t i = 0; i < slices.size(); ++i) {
      for (std::size_t other = i; other < slices.size(); ++other) {
        auto changed = slices;
        for (const std::size_t k : {i, other}) changed[k].payload.pop_back();  // it goes on into the next one
        EXPECT_THAT(error_of(joined(header, changed)).text, HasSubstr("slice " + std::to_string(i) + " is corrupt"));
      }
    }
  }
}

TEST_F(FeatureCodec, AnyBytesAreHandled) {
  Random random(51);
  decode(encode(0, kAllocated));
  encoder_.acknowledge(0);
  const auto message = encode(1, kAllocated);
  for (int trial = 0; trial < 3000; ++trial) {
    auto changed = message;
    for (std::uint64_t i = random.below(4) + 1; i > 0; --i) {
      changed[codec::kHeaderBytes + random.below(changed.size() - codec::kHeaderBytes)] =
          static_cast<std::uint8_t>(random.next());
    }
    if (random.below(2) == 0) changed.resize(random.below(changed.size()));
    const auto decoded = decoder_.decode(changed, out_);
    if (!decoded) {
      ASSERT_NE(decoded.error().text, "");
    }
  }
}

TEST_F(FeatureCodec, AllocatesNothingInSteadyState) {
  std::vector<Tensor> tensors;
  for (int t = 0; t < 60; ++t) tensors.push_back(stream_.at(t));
  std::vector<std::uint8_t> message;
  message.reserve(1 << 16);
  std::size_t before = 0;
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    if (t == 36) before = test::allocation_count();
    const auto coded = encoder_.encode(tensors[t].view(), t % 6, t, t % 11 == 0);
    ASSERT_TRUE(coded);
    message.assign(coded->begin(), coded->end());
    ASSERT_TRUE(decoder_.decode(message, out_));
    encoder_.acknowledge(t);
  }
  EXPECT_EQ(test::allocation_count(), before);
}

TEST_F(FeatureCodec, ExpectsAboutTheSizeItGives) {
  double expected = 0, seen = 0;
  for (int t = 0; t < 24; ++t) {
    expected += static_cast<double>(encoder_.expected_bytes(kAllocated, test::kSampleHeight, test::kSampleWidth));
    seen += static_cast<double>(encode(t, kAllocated).size());
    encoder_.acknowledge(static_cast<std::uint64_t>(t));
  }
  EXPECT_NEAR(expected / seen, 1, 0.25);
}

}  // namespace
}  // namespace weir

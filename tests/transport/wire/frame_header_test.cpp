// SPDX-License-Identifier: Apache-2.0
#include "transport/wire/frame_header.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "kernels/base/random.hpp"
#include "tests/transport/wire/bytes.hpp"
#include "transport/wire/crc32c.hpp"
#include "transport/wire/little_endian.hpp"

namespace weir::test {
namespace {

using testing::HasSubstr;
using HeaderBytes = std::array<std::uint8_t, kHeaderBytes>;

FrameHeader work_header() {
  FrameHeader header;
  header.type = MessageType::work;
  header.flags = MessageFlags::checked | MessageFlags::durable;
  header.priority = 3;
  header.attempt = 1;
  header.body_bytes = 1'000'000;
  header.budget_us = 66'000;
  header.id = 0x1122334455667788;
  header.session = 0x99AABBCCDDEEFF00;
  header.body_check = 0xCAFEF00D;
  return header;
}

/// The bytes with one changed and the CRC made right again.
HeaderBytes with_byte(HeaderBytes bytes, std::size_t at, std::uint8_t value) {
  bytes.at(at) = value;
  store_little(bytes.data() + 44, crc32c({bytes.data(), 44}));
  return bytes;
}

std::string refusal(const HeaderBytes& bytes, std::size_t max_body = kMaxBodyBytes) {
  const Result<FrameHeader> header = decode_header(bytes, max_body);
  return header ? "taken" : header.error().text;
}

TEST(FrameHeader, ComesBackAsItWas) {
  const FrameHeader sent = work_header();
  const Result<FrameHeader> got = decode_header(encode_header(sent), kMaxBodyBytes);
  ASSERT_TRUE(got) << got.error().text;
  EXPECT_EQ(got->minor, sent.minor);
  EXPECT_EQ(got->type, sent.type);
  EXPECT_EQ(got->flags, sent.flags);
  EXPECT_EQ(got->header_bytes, 48);
  EXPECT_EQ(got->priority, sent.priority);
  EXPECT_EQ(got->attempt, sent.attempt);
  EXPECT_EQ(got->body_bytes, sent.body_bytes);
  EXPECT_EQ(got->budget_us, sent.budget_us);
  EXPECT_EQ(got->id, sent.id);
  EXPECT_EQ(got->session, sent.session);
  EXPECT_EQ(got->body_check, sent.body_check);
}

TEST(FrameHeader, HasItsFieldsWhereTheSpecificationSays) {
  const HeaderBytes bytes = encode_header(work_header());
  EXPECT_EQ(Buffer(bytes.begin(), bytes.begin() + 24),
            (Buffer{'W', 'E', 'I', 'R', 1, 0, 3, 3, 48, 0, 3, 1, 0, 0, 0, 0, 0x40, 0x42, 0x0F, 0, 0xD0, 1, 1, 0}));
  EXPECT_EQ(load_little<std::uint64_t>(bytes.data() + 24), 0x1122334455667788U);
  EXPECT_EQ(load_little<std::uint64_t>(bytes.data() + 32), 0x99AABBCCDDEEFF00U);
  EXPECT_EQ(load_little<std::uint32_t>(bytes.data() + 40), 0xCAFEF00DU);
}

TEST(FrameHeader, EveryChangedBitIsFound) {
  const HeaderBytes right = encode_header(work_header());
  for (std::size_t bit = 0; bit < 8 * kHeaderBytes; ++bit) {
    HeaderBytes wrong = right;
    wrong[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(decode_header(wrong, kMaxBodyBytes)) << "bit " << bit;
  }
}

TEST(FrameHeader, RefusesWhatIsNoHeader) {
  const HeaderBytes right = encode_header(work_header());
  EXPECT_THAT(decode_header(std::span(right).first(47), kMaxBodyBytes).error().text, HasSubstr("47 of 48"));
  EXPECT_THAT(refusal(with_byte(right, 0, 'X')), HasSubstr("WEIR"));
  EXPECT_THAT(refusal(with_byte(right, 8, 47)), HasSubstr("47 bytes"));
  EXPECT_THAT(refusal(right, 999'999), HasSubstr("1000000 bytes"));
  EXPECT_THAT(refusal(with_byte(right, 19, 0xFF), std::numeric_limits<std::size_t>::max()), HasSubstr("67108864"));
}

TEST(FrameHeader, AnotherMajorVersionIsToldApart) {
  const Result<FrameHeader> got = decode_header(with_byte(encode_header(work_header()), 4, 2), kMaxBodyBytes);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::unsupported);
}

TEST(FrameHeader, TakesWhatALaterMinorVersionMayAdd) {
  const HeaderBytes right = encode_header(work_header());
  EXPECT_EQ(decode_header(with_byte(right, 5, 9), kMaxBodyBytes)->minor, 9);
  EXPECT_EQ(decode_header(with_byte(right, 8, 64), kMaxBodyBytes)->header_bytes, 64);
  EXPECT_TRUE(decode_header(with_byte(right, 12, 1), kMaxBodyBytes));
}

TEST(FrameHeader, UnknownTypesAndFlagsAreTakenOnlyIfIgnorable) {
  const HeaderBytes right = encode_header(work_header());
  EXPECT_THAT(refusal(with_byte(right, 6, 0)), HasSubstr("type 0"));
  EXPECT_THAT(refusal(with_byte(right, 6, 14)), HasSubstr("type 14"));
  EXPECT_THAT(refusal(with_byte(right, 7, 8)), HasSubstr("flags 8"));
  const HeaderBytes ignorable = with_byte(right, 7, MessageFlags::ignorable | 128);
  EXPECT_EQ(refusal(ignorable), "taken");
  EXPECT_EQ(refusal(with_byte(ignorable, 6, 200)), "taken");
}

TEST(FrameHeader, RandomBytesAreRefused) {
  Random random(7);
  HeaderBytes bytes{};
  for (int i = 0; i < 10'000; ++i) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
    if (i % 2 == 0) store_little(bytes.data(), kWireMagic);
    EXPECT_FALSE(decode_header(bytes, kMaxBodyBytes));
  }
}

TEST(BodyCheck, IsTheLowHalfOfXxh3) {
  EXPECT_EQ(BodyCheck().value(), 0x38D394C2U);  // XXH3-64 of nothing is 2D06800538D394C2
}

TEST(BodyCheck, DoesNotDependOnHowTheBodyIsCut) {
  Buffer bytes(5000);
  Random random(3);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  BodyCheck whole;
  whole.add(bytes);
  BodyCheck cut;
  cut.add(buffer_of("left over"));
  cut.reset();
  for (std::size_t at = 0, size = 1; at < bytes.size(); at += size, size = size * 3 + 1) {
    cut.add({});
    cut.add(std::span(bytes).subspan(at, std::min(size, bytes.size() - at)));
  }
  EXPECT_EQ(cut.value(), whole.value());
}

TEST(Budget, IsRoundedDownAndKeptWithinItsField) {
  EXPECT_EQ(to_budget_us(Duration(1999)), 1U);
  EXPECT_EQ(to_budget_us(Duration(-5000)), 0U);
  EXPECT_EQ(to_budget_us(std::chrono::hours(24)), 4'294'967'295U);
}

}  // namespace
}  // namespace weir::test

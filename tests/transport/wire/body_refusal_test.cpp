// SPDX-License-Identifier: Apache-2.0
// Bodies that must be refused: broken ones, and ones made to cost the reader more than they cost their sender.
#include <gmock/gmock.h>

#include <string>

#include "kernels/base/random.hpp"
#include "tests/transport/wire/bytes.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/body_writer.hpp"

namespace weir::test {
namespace {

using testing::HasSubstr;

std::string refusal(Buffer bytes, const BodyLimits& limits = {}) {
  const Result<BodyReader> reader = BodyReader::read(owned(std::move(bytes)), limits);
  if (reader) return "taken";
  EXPECT_EQ(reader.error().code, Code::invalid);
  return reader.error().text;
}

/// {"a": [[...[nil]...]]}
Buffer nested_arrays(std::size_t depth) {
  return buffer_of(
      "\x81\xA1"
      "a" +
      std::string(depth, '\x91') + '\xC0');
}

TEST(BodyRefusal, WhatIsNotOneMap) {
  EXPECT_THAT(refusal({}), HasSubstr("empty"));
  EXPECT_THAT(refusal({0x01}), HasSubstr("no map"));
  EXPECT_THAT(refusal({0x91, 0x80}), HasSubstr("no map"));
  EXPECT_THAT(refusal({0xC1}), HasSubstr("no msgpack"));
  EXPECT_THAT(refusal({0x81, 0xA1, 'a', 0xC1}), HasSubstr("no msgpack"));
}

TEST(BodyRefusal, BytesAfterTheMap) { EXPECT_THAT(refusal({0x80, 0x80, 0xC0}), HasSubstr("2 bytes after")); }

TEST(BodyRefusal, KeysThatAreNoTextOrComeTwice) {
  EXPECT_THAT(refusal({0x81, 0x01, 0x02}), HasSubstr("no text"));
  EXPECT_THAT(refusal({0x81, 0x81, 0xA1, 'a', 0x01, 0x02}), HasSubstr("no text"));
  EXPECT_THAT(refusal({0x82, 0xA1, 'a', 0x01, 0xA1, 'a', 0x02}), HasSubstr("twice"));
  EXPECT_THAT(refusal({0x82, 0xA1, 'a', 0x01, 0xD9, 0x01, 'a', 0x02}), HasSubstr("twice"));
}

TEST(BodyRefusal, ExtensionTypesAndTextThatIsNotUtf8) {
  EXPECT_THAT(refusal({0x81, 0xA1, 'a', 0xD4, 0x01, 0x00}), HasSubstr("extension"));
  for (const char* wrong : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xF0\x80\x80\x80"}) {
    BodyWriter writer;
    EXPECT_THAT(refusal(joined(*writer.begin_map(1).key("a").text(wrong).finish())), HasSubstr("UTF-8"));
  }
  BodyWriter writer;
  EXPECT_EQ(refusal(joined(*writer.begin_map(1).key("a").text("é € 𝄞").finish())), "taken");
}

TEST(BodyRefusal, CountsThatAreOnlyPromised) {
  EXPECT_THAT(refusal({0x81, 0xA1, 'a', 0xDD, 0xFF, 0xFF, 0xFF, 0xFF}), HasSubstr("4294967295 items"));
  EXPECT_THAT(refusal({0xDF, 0xFF, 0xFF, 0xFF, 0xFF}), HasSubstr("4294967295 entries"));
  EXPECT_THAT(refusal({0x81, 0xA1, 'a', 0xC6, 0xFF, 0xFF, 0xFF, 0xFF}), HasSubstr("within a value"));
  EXPECT_THAT(refusal({0x81, 0xDB, 0xFF, 0xFF, 0xFF, 0xFF}), HasSubstr("within a value"));
  EXPECT_THAT(refusal({0x81, 0xA1, 'a', 0xC9, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}), HasSubstr("within a value"));
}

TEST(BodyRefusal, NestingBeyondTheDepth) {
  EXPECT_EQ(refusal(nested_arrays(15)), "taken");
  EXPECT_THAT(refusal(nested_arrays(16)), HasSubstr("deeper than 16"));
  EXPECT_THAT(refusal(nested_arrays(1 << 20)), HasSubstr("deeper than 16"));
}

TEST(BodyRefusal, ValuesBeyondEachLimit) {
  const BodyLimits small{.array = 2, .map = 2, .text = 2, .binary = 2, .depth = 16, .values = 6};
  EXPECT_THAT(refusal({0x81, 0xA1, 'a', 0x93, 1, 2, 3}, small), HasSubstr("3 items; at most 2"));
  EXPECT_THAT(refusal({0x83, 0xA1, 'a', 1, 0xA1, 'b', 2, 0xA1, 'c', 3}, small), HasSubstr("3 entries"));
  EXPECT_THAT(refusal({0x81, 0xA3, 'a', 'b', 'c', 0xC0}, small), HasSubstr("3 bytes"));
  EXPECT_THAT(refusal({0x81, 0xA1, 'a', 0xC4, 3, 0, 0, 0}, small), HasSubstr("binary value of 3 bytes"));
  EXPECT_EQ(refusal({0x81, 0xA1, 'a', 0x92, 1, 0x91, 2}, small), "taken");
  EXPECT_THAT(refusal({0x81, 0xA1, 'a', 0x92, 1, 0x92, 2, 3}, small), HasSubstr("7 values"));
}

TEST(BodyRefusal, EveryCutOfAGoodBody) {
  const std::vector<float> values(100, 1.F);
  BodyWriter writer;
  writer.begin_map(2).key("list").begin_array(3).integer(-1).number(2.5).text("three");
  writer.key("t").tensor(view_of(values, {100}), {});
  const Buffer whole = joined(*writer.finish());
  EXPECT_EQ(refusal(whole), "taken");
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_NE(refusal(Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))), "taken") << size;
  }
}

TEST(BodyRefusal, RandomChangesNeverThrow) {
  BodyWriter writer;
  const std::vector<float> values(10, 1.F);
  writer.begin_map(3).key("a").begin_array(2).nothing().boolean(false).key("b").text("text");
  const Buffer whole = joined(*writer.key("c").tensor(view_of(values, {2, 5}), {}).finish());
  Random random(5);
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    Buffer bytes = whole;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.next());
    }
    const Result<BodyReader> reader = BodyReader::read(owned(std::move(bytes)));
    if (!reader) continue;
    ++taken;
    if (const auto tensor = reader->root().find("c")) static_cast<void>(tensor->tensor());
  }
  EXPECT_GT(taken, 0);
}

/// A body whose map "t" is a tensor with these parts.
std::string tensor_refusal(std::string_view dtype, std::initializer_list<std::int64_t> shape, std::string_view codec,
                           std::size_t bytes) {
  BodyWriter writer;
  writer.begin_map(1).key("t").begin_map(4).key("dtype").text(dtype).key("shape").begin_array(shape.size());
  for (const std::int64_t extent : shape) writer.integer(extent);
  writer.key("codec").text(codec).key("data").binary(owned(Buffer(bytes)));
  const Result<BodyReader> reader = BodyReader::read(owned(joined(*writer.finish())));
  const Result<TensorView> tensor = reader->root().get("t")->tensor();
  return tensor ? "taken" : tensor.error().text;
}

TEST(TensorRefusal, WhatDoesNotFitTogether) {
  EXPECT_EQ(tensor_refusal("f32", {2, 2}, "raw", 16), "taken");
  EXPECT_THAT(tensor_refusal("f32", {2, 2}, "raw", 15), HasSubstr("body: t has 15 bytes of data, 2x2 f32 needs 16"));
  EXPECT_THAT(tensor_refusal("f32", {2, 2}, "raw", 17), HasSubstr("needs 16"));
  EXPECT_THAT(tensor_refusal("f64", {1}, "raw", 8), HasSubstr("dtype"));
  EXPECT_THAT(tensor_refusal("u8", {1}, "zstd", 1), HasSubstr("codec"));
  EXPECT_THAT(tensor_refusal("u8", {-1}, "raw", 1), HasSubstr("negative"));
  EXPECT_THAT(tensor_refusal("u8", {1, 1, 1, 1, 1, 1, 1, 1, 1}, "raw", 1), HasSubstr("at most 8"));
  EXPECT_THAT(tensor_refusal("f32", {1LL << 62, 4}, "raw", 0), HasSubstr("larger than any body"));
  EXPECT_THAT(tensor_refusal("u8", {1 << 26, 1 << 26, 1 << 26}, "raw", 0), HasSubstr("larger than any body"));
}

}  // namespace
}  // namespace weir::test

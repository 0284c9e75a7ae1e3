// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/plugin_codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <stdexcept>

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// One field of every kind.
struct Blob {
  std::int64_t count = 0;
  double scale = 0;
  std::string label;
  std::vector<std::uint8_t> mask;  // 2 x 3
  std::vector<std::array<float, 2>> points;
  std::vector<std::int64_t> ids;
  void clear() { *this = {}; }
};

/// Writes what a test tells it to.
struct Odd {
  std::function<void(PayloadWriter&)> write;
};

struct Twin {
  int value = 0;
};

}  // namespace

template <>
struct PayloadTraits<Blob> {
  static constexpr std::string_view name = "test.Blob";
  static void write(const Blob& from, PayloadWriter& to) {
    to.integer("count", from.count);
    to.number("scale", from.scale);
    to.text("label", from.label);
    to.tensor("mask", {DType::u8, Shape{2, 3}, from.mask.data()});
    auto points = to.rows<float, 2>("points");
    auto ids = to.rows<std::int64_t, 1>("ids");
    for (const auto& [x, y] : from.points) points.add(x, y);
    for (const std::int64_t id : from.ids) ids.add(id);
  }
  static Status read(const PayloadReader& from, Blob& to) {
    const auto count = from.integer("count", 0, 10);
    if (!count) return count.error();
    const auto scale = from.number("scale");
    if (!scale) return scale.error();
    const auto label = from.text("label");
    if (!label) return label.error();
    const auto mask = from.tensor("mask");
    if (!mask) return mask.error();
    const auto points = from.rows<float, 2>("points", 4);
    if (!points) return points.error();
    const auto ids = from.rows<std::int64_t, 1>("ids");
    if (!ids) return ids.error();
    if (*label == "throw") throw std::runtime_error("cannot bear it");
    to.count = *count;
    to.scale = *scale;
    to.label = *label;
    const auto* bytes = static_cast<const std::uint8_t*>(mask->data);
    to.mask.assign(bytes, bytes + mask->bytes());
    for (std::size_t i = 0; i < points->size(); ++i) to.points.push_back((*points)[i]);
    for (std::size_t i = 0; i < ids->size(); ++i) to.ids.push_back((*ids)[i][0]);
    return {};
  }
};

template <>
struct PayloadTraits<Odd> {
  static constexpr std::string_view name = "test.Odd";
  static void write(const Odd& from, PayloadWriter& to) { from.write(to); }
  static Status read(const PayloadReader&, Odd&) { return {}; }
};

template <>
struct PayloadTraits<Twin> {
  static constexpr std::string_view name = "test.Blob";
  static void write(const Twin&, PayloadWriter&) {}
  static Status read(const PayloadReader&, Twin&) { return {}; }
};

namespace {

template <typename T>
Packet packet_of(T value) {
  static const auto pool = std::make_shared<detail::Pool<T>>();
  auto* made = pool->take();
  made->value = std::move(value);
  return Packet(made);
}

Blob some_blob() {
  return {3,
          -0.5,
          "Stra\xc3\x9f"
          "e",
          {1, 2, 3, 4, 5, 6},
          {{1.5F, 2}, {3, 1e30F}, {-4, 0}},
          {std::int64_t{1} << 40, -7}};
}

Result<std::vector<std::uint8_t>> written(const Packet& packet) {
  BodyWriter writer;
  writer.begin_map(1).key("payload");
  if (Status status = find_codec(packet.type().name)->write(writer, packet); !status) return fail(status.error());
  std::vector<std::uint8_t> bytes;
  const auto body = writer.finish();
  for (const Bytes& piece : body->pieces) bytes.insert(bytes.end(), piece.view.begin(), piece.view.end());
  return bytes;
}

/// What comes of these bytes at the other side.
Result<Packet> got(const std::vector<std::uint8_t>& bytes, std::string_view type = "test.Blob") {
  auto body = BodyReader::read({bytes, nullptr});
  if (!body) return fail(body.error());
  const PayloadCodec& codec = *find_codec(type);
  const auto pool = codec.make_pool();
  auto read = codec.read(*body->root().find("payload"), nullptr, *pool);
  if (!read) return fail(read.error());
  return read->packet;
}

class PluginCodecTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(add_payload<Blob>());
    ASSERT_TRUE(add_payload<Odd>());
  }

  /// Why some_blob() is refused when `to` stands where the bytes of `from` were.
  static std::string refused(const std::string& from, const std::string& to) {
    std::vector<std::uint8_t> bytes = *written(packet_of(some_blob()));
    const std::vector<std::uint8_t> was(from.begin(), from.end());
    const auto at = std::search(bytes.begin(), bytes.end(), was.begin(), was.end());
    if (at == bytes.end()) return "not found";
    std::copy(to.begin(), to.end(), at);
    const auto packet = got(bytes);
    return packet ? "taken" : packet.error().text;
  }
  static std::string not_sent(std::function<void(PayloadWriter&)> write) {
    const auto bytes = written(packet_of(Odd{std::move(write)}));
    return bytes ? "sent" : bytes.error().text;
  }
};

TEST_F(PluginCodecTest, EveryKindOfFieldArrivesAsItWas) {
  const auto packet = got(*written(packet_of(some_blob())));
  ASSERT_TRUE(packet) << packet.error().text;
  const Blob &there = *packet->get<Blob>(), here = some_blob();
  EXPECT_EQ(there.count, here.count);
  EXPECT_EQ(there.scale, here.scale);
  EXPECT_EQ(there.label, here.label);
  EXPECT_EQ(there.mask, here.mask);
  EXPECT_EQ(there.points, here.points);
  EXPECT_EQ(there.ids, here.ids);
}

TEST_F(PluginCodecTest, NoRowsAreFineAndNumbersNeedNotBeFinite) {
  Blob blob = some_blob();
  blob.points.clear();
  blob.ids.clear();
  blob.scale = std::numeric_limits<double>::infinity();
  const auto packet = got(*written(packet_of(blob)));
  ASSERT_TRUE(packet) << packet.error().text;
  EXPECT_TRUE(packet->get<Blob>()->points.empty());
  EXPECT_EQ(packet->get<Blob>()->scale, blob.scale);
}

TEST_F(PluginCodecTest, WhatDoesNotFitIsRefusedByName) {
  EXPECT_THAT(refused("points", "painds"), AllOf(HasSubstr("payload test.Blob: "), HasSubstr("points")));
  EXPECT_THAT(refused("test.Blob", "test.Blub"), HasSubstr("of type \"test.Blub\"; wanted test.Blob"));
  EXPECT_THAT(refused("count\x03", "count\x0b"), HasSubstr("\"count\" is 11; wanted 0 to 10"));
  EXPECT_THAT(refused("count\x03", "count\xc3"), HasSubstr("count")) << "a boolean";
  EXPECT_THAT(refused("f32", "i32"), HasSubstr("\"points\" is i32 3x2; wanted f32 rowsx2"));
  EXPECT_THAT(refused("i64", "f64"), HasSubstr("ids"));
  EXPECT_THAT(refused("raw", "row"), HasSubstr("mask"));
  EXPECT_THAT(refused("\x92\x03\x02", "\x92\x02\x03"), HasSubstr("f32 2x3"));
  EXPECT_THAT(refused("\x92\x03\x02", "\x92\x7f\x02"), HasSubstr("points")) << "more rows than bytes";
}

TEST_F(PluginCodecTest, MoreRowsThanTheTypeAllowsAreRefused) {
  Blob blob = some_blob();
  blob.points.resize(5);
  const auto packet = got(*written(packet_of(blob)));
  ASSERT_FALSE(packet);
  EXPECT_THAT(packet.error().text, HasSubstr("\"points\" has 5 rows; wanted at most 4"));
}

TEST_F(PluginCodecTest, WhatAFormatThrowsIsAnError) {
  Blob blob = some_blob();
  blob.label = "throw";
  const auto packet = got(*written(packet_of(blob)));
  ASSERT_FALSE(packet);
  EXPECT_THAT(packet.error().text, HasSubstr("payload test.Blob: threw: cannot bear it"));
  EXPECT_THAT(not_sent([](PayloadWriter&) { throw std::runtime_error("cannot write"); }),
              HasSubstr("payload test.Odd: threw: cannot write"));
}

TEST_F(PluginCodecTest, AnyDamageIsAnErrorOrAValue) {
  const std::vector<std::uint8_t> whole = *written(packet_of(some_blob()));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {0x01, 0x10, 0x80, 0xff}) {
      std::vector<std::uint8_t> bytes = whole;
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ flip);
      const auto body = BodyReader::read({bytes, nullptr});
      if (!body || !body->root().find("payload")) continue;
      const auto packet = got(bytes);
      EXPECT_TRUE(!packet || packet->get<Blob>()->points.size() <= 4);
    }
    EXPECT_FALSE(got(std::vector(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at))));
  }
}

TEST_F(PluginCodecTest, WhatWouldSpoilTheMessageIsNotSent) {
  EXPECT_EQ(not_sent([](PayloadWriter& to) { to.integer("a_1", 1); }), "sent");
  EXPECT_THAT(not_sent([](PayloadWriter& to) { to.integer("type", 1); }), HasSubstr("\"type\" is no key"));
  EXPECT_THAT(not_sent([](PayloadWriter& to) { to.integer("", 1); }), HasSubstr("is no key"));
  EXPECT_THAT(not_sent([](PayloadWriter& to) { to.number("a\n", 1); }), HasSubstr("\"a?\" is no key"));
  EXPECT_THAT(not_sent([](PayloadWriter& to) { to.number(std::string(65, 'a'), 1); }), HasSubstr("is no key"));
  EXPECT_THAT(not_sent([](PayloadWriter& to) { to.number("a", 1), to.integer("a", 1); }),
              HasSubstr("payload test.Odd: \"a\" is written twice"));
  EXPECT_THAT(not_sent([](PayloadWriter& to) { to.text("a", "\xff"); }), HasSubstr("not UTF-8"));
  EXPECT_THAT(not_sent([](PayloadWriter& to) { to.text("a", std::string(65537, 'a')); }), HasSubstr("64 KiB"));
  EXPECT_THAT(not_sent([](PayloadWriter& to) {
                to.tensor("a", {DType::f32, Shape{-1}, nullptr});
              }),
              HasSubstr("without values"));
  EXPECT_THAT(not_sent([](PayloadWriter& to) {
                to.tensor("a", {DType::f32, Shape{2}, nullptr});
              }),
              HasSubstr("without values"));
  EXPECT_THAT(not_sent([](PayloadWriter& to) {
                for (int i = 0; i < 256; ++i) to.integer("k" + std::to_string(i), i);
              }),
              HasSubstr("at most 255"));
}

PayloadFormat named(const PayloadType& type) {
  PayloadFormat format = find_plugin_codec("test.Odd")->format();
  format.type = &type;
  return format;
}

TEST_F(PluginCodecTest, OneNameHasOneFormat) {
  EXPECT_TRUE(add_payload<Blob>()) << "the same again, as by a second launch file";
  EXPECT_EQ(take_payload_refusal(), "");
  const Status twin = add_payload<Twin>();
  ASSERT_FALSE(twin);
  EXPECT_THAT(twin.error().text, AllOf(HasSubstr("'test.Blob' is added twice"), HasSubstr("another name")));
  EXPECT_EQ(take_payload_refusal(), twin.error().text);
  EXPECT_EQ(take_payload_refusal(), "") << "told once";
  static constexpr PayloadType frame{"Frame"}, none{""}, line{"test.\n"};
  EXPECT_THAT(add_payload(named(frame)).error().text, HasSubstr("one of Weir's own; give it another, as acme.Frame"));
  EXPECT_THAT(add_payload(named(none)).error().text, HasSubstr("a name that is none"));
  EXPECT_THAT(add_payload(named(line)).error().text, HasSubstr("'test.?' has a name that is none"));
  EXPECT_THAT(codec_names(), HasSubstr("test.Blob, test.Odd"));
}

}  // namespace
}  // namespace weir

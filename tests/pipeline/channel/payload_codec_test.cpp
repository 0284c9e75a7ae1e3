// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/payload_codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "pipeline/payloads.hpp"
#include "pipeline/split.hpp"
#include "transport/wire/frame_header.hpp"

namespace weir {
namespace {

using ::testing::HasSubstr;

/// A packet around a value, as an output port makes it.
template <typename T>
Packet packet_of(T value) {
  static const auto pool = std::make_shared<detail::Pool<T>>();
  auto* made = pool->take();
  made->value = std::move(value);
  return Packet(made);
}

Bytes one_piece(const Body& body) {
  auto bytes = std::make_shared<std::vector<std::uint8_t>>();
  for (const Bytes& piece : body.pieces) bytes->insert(bytes->end(), piece.view.begin(), piece.view.end());
  return {*bytes, bytes};
}

/// What arrives of a packet at the other side; `change` may damage the bytes on the way.
Result<Packet> sent(const Packet& packet, const std::function<void(std::span<std::uint8_t>)>& change = {}) {
  const PayloadCodec& codec = *find_codec(packet.type().name);
  BodyWriter writer;
  writer.begin_map(1).key("payload");
  if (Status status = codec.write(writer, packet); !status) return fail(status.error());
  const Bytes bytes = one_piece(*writer.finish());
  if (change) change({const_cast<std::uint8_t*>(bytes.view.data()), bytes.view.size()});
  auto body = BodyReader::read(bytes);
  if (!body) return fail(body.error());
  static const auto pools = [] {
    std::map<std::string_view, std::shared_ptr<detail::PoolBase>> made;
    for (const char* type : {"Frame", "Detections", "Tracks", "Regions", "CodedFrame"})
      made[type] = find_codec(type)->make_pool();
    return made;
  }();
  auto read = codec.read(*body->root().find("payload"), body->bytes().keeper, *pools.at(packet.type().name));
  if (!read) return fail(read.error());
  return read->packet;
}

/// Puts `to` where the bytes of `from` are, once.
std::function<void(std::span<std::uint8_t>)> replacing(std::string from, std::string to) {
  return [=](std::span<std::uint8_t> bytes) {
    const auto at = std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
    ASSERT_NE(at, bytes.end());
    std::copy(to.begin(), to.end(), at);
  };
}

TEST(PayloadCodec, FramesKeepTheirPixels) {
  for (const PixelFormat format : {PixelFormat::bgr8, PixelFormat::gray8}) {
    Frame frame;
    const MutableImageView pixels = frame.allocate(31, 9, format);
    for (int y = 0; y < 9; ++y) {
      for (int x = 0; x < 31 * bytes_per_pixel(format); ++x) pixels.row(y)[x] = static_cast<std::uint8_t>(7 * x + y);
    }
    const auto got = sent(packet_of(std::move(frame)));
    ASSERT_TRUE(got) << got.error().text;
    const ImageView& image = got->get<Frame>()->image;
    ASSERT_EQ(image.width, 31);
    ASSERT_EQ(image.height, 9);
    EXPECT_EQ(image.format, format);
    for (int y = 0; y < 9; ++y) {
      for (int x = 0; x < 31 * bytes_per_pixel(format); ++x) {
        ASSERT_EQ(image.row(y)[x], static_cast<std::uint8_t>(7 * x + y));
      }
    }
  }
}

TEST(PayloadCodec, APartOfAnImageIsSentWithoutTheRest) {
  Frame whole;
  const MutableImageView pixels = whole.allocate(40, 20, PixelFormat::gray8);
  for (int y = 0; y < 20; ++y) std::fill_n(pixels.row(y), 40, static_cast<std::uint8_t>(y));
  Frame part;
  part.adopt(static_cast<ImageView>(pixels).crop(5, 6, 10, 4), nullptr);
  const auto got = sent(packet_of(std::move(part)));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->get<Frame>()->image.stride, 10);
  EXPECT_EQ(got->get<Frame>()->image.row(3)[9], 9);
}

Detections two_boxes() {
  Detections value;
  value.items = {{{1.5F, 2, 30, 40}, 0.75F, 1}, {{-3, 0, 4, 5}, 0.25F, 0}};
  value.classes = std::make_shared<ClassNames>(ClassNames{"car", "person"});
  value.frame_width = 1242;
  value.frame_height = 375;
  return value;
}

TEST(PayloadCodec, CutFramesTellWhere) {
  Frame frame;
  frame.allocate(4, 4, PixelFormat::gray8);
  frame.origin_x = 300;
  frame.origin_y = 17;
  const auto got = sent(packet_of(std::move(frame)));
  ASSERT_TRUE(got) << got.error().text;
  EXPECT_EQ(got->get<Frame>()->origin_x, 300);
  EXPECT_EQ(got->get<Frame>()->origin_y, 17);
}

TEST(PayloadCodec, EncodedFramesKeepTheirBytes) {
  const auto bytes = std::make_shared<std::vector<std::uint8_t>>(std::vector<std::uint8_t>{0xff, 0xd8, 1, 2, 3});
  Frame frame;
  frame.adopt_encoded(ImageEncoding::jpeg, *bytes, 31, 9, PixelFormat::bgr8, bytes);
  const Packet packet = packet_of(std::move(frame));
  const auto got = sent(packet);
  ASSERT_TRUE(got) << got.error().text;
  const Frame& there = *got->get<Frame>();
  EXPECT_EQ(there.encoding, ImageEncoding::jpeg);
  EXPECT_EQ(there.image.width, 31);
  EXPECT_EQ(there.image.height, 9);
  EXPECT_EQ(there.image.data, nullptr);
  EXPECT_TRUE(std::equal(bytes->begin(), bytes->end(), there.encoded.begin(), there.encoded.end()));
  EXPECT_FALSE(sent(packet, replacing("jpeg", "jpig")));
  EXPECT_FALSE(sent(packet, replacing(std::string("channels\x03"), std::string("channels\x02"))));
}

TEST(PayloadCodec, DetectionsArriveBitForBit) {
  const auto got = sent(packet_of(two_boxes()));
  ASSERT_TRUE(got) << got.error().text;
  const Detections& found = *got->get<Detections>();
  ASSERT_EQ(found.items.size(), 2U);
  EXPECT_EQ(found.items[0].box.left, 1.5F);
  EXPECT_EQ(found.items[1].box.bottom, 5.F);
  EXPECT_EQ(found.items[0].score, 0.75F);
  EXPECT_EQ(found.items[0].class_id, 1);
  EXPECT_THAT(*found.classes, ::testing::ElementsAre("car", "person"));
  EXPECT_EQ(found.frame_width, 1242);
}

TEST(PayloadCodec, EmptyListsAreFine) {
  Detections none;
  none.classes = std::make_shared<ClassNames>();
  const auto got = sent(packet_of(std::move(none)));
  ASSERT_TRUE(got) << got.error().text;
  EXPECT_TRUE(got->get<Detections>()->items.empty());
  ASSERT_TRUE(sent(packet_of(Regions{})));
}

TEST(PayloadCodec, TracksAndRegionsKeepEveryField) {
  Tracks tracks;
  tracks.items = {{{1, 2, 3, 4}, 0.5F, 0, std::int64_t{1} << 40, 17, 3}};
  tracks.classes = std::make_shared<ClassNames>(ClassNames{"car"});
  const auto track = sent(packet_of(std::move(tracks)));
  ASSERT_TRUE(track) << track.error().text;
  EXPECT_EQ(track->get<Tracks>()->items[0].id, std::int64_t{1} << 40);
  EXPECT_EQ(track->get<Tracks>()->items[0].age, 17);
  EXPECT_EQ(track->get<Tracks>()->items[0].missed, 3);
  Regions regions;
  regions.items = {{{1, 2, 3, 4}, 5, 6, {0.1F, 0.2F, 0.3F, 0.4F}, {5, 6, 7, 8}}};
  const auto region = sent(packet_of(std::move(regions)));
  ASSERT_TRUE(region) << region.error().text;
  EXPECT_EQ(region->get<Regions>()->items[0].sigma[2], 0.3F);
  EXPECT_EQ(region->get<Regions>()->items[0].margin[3], 8);
  EXPECT_EQ(region->get<Regions>()->items[0].track_id, 6);
}

TEST(PayloadCodec, WhatCannotBeTrueIsRefused) {
  const Packet boxes = packet_of(two_boxes());
  const auto refused = [&](const std::string& from, const std::string& to) {
    const auto got = sent(boxes, replacing(from, to));
    return got ? "taken" : got.error().text;
  };
  const auto as_bytes = [](auto value) { return std::string(reinterpret_cast<const char*>(&value), sizeof value); };
  EXPECT_THAT(refused(as_bytes(0.75F), as_bytes(std::nanf(""))), HasSubstr("not finite"));
  EXPECT_THAT(refused(as_bytes(std::int32_t{1}) + as_bytes(std::int32_t{0}),
                      as_bytes(std::int32_t{2}) + as_bytes(std::int32_t{0})),
              HasSubstr("a label is 2, but the classes number 2"));
  EXPECT_THAT(refused("boxes", "bokes"), HasSubstr("boxes"));
  EXPECT_THAT(refused("f32", "i32"), HasSubstr("wanted f32"));
  Frame frame;
  frame.allocate(4, 4, PixelFormat::gray8);
  const Packet picture = packet_of(std::move(frame));
  EXPECT_FALSE(sent(picture, replacing("gray8", "gray9")));
  EXPECT_FALSE(sent(picture, replacing("u8", "i8")));
}

TEST(PayloadCodec, ReadsAndWritesThePayloadsOfTheTestVectors) {
  struct Place {
    std::string vector, list;
    std::size_t index;
  };
  for (const auto& [vector, list, index] :
       {Place{"work_frame", "inputs", 0}, Place{"work_jpeg", "inputs", 0}, Place{"work_regions", "inputs", 1},
        Place{"result_detections", "outputs", 0}, Place{"result_tracks", "outputs", 0}}) {
    std::ifstream file(WEIR_SOURCE_DIR "/tests/transport/wire/vectors/" + vector + ".bin", std::ios::binary);
    const std::vector<std::uint8_t> message{std::istreambuf_iterator<char>(file), {}};
    ASSERT_GT(message.size(), kHeaderBytes) << vector;
    const auto body = BodyReader::read({std::span(message).subspan(kHeaderBytes), nullptr});
    ASSERT_TRUE(body) << vector;
    const BodyValue payload = body->root().get(list)->at(index);
    const PayloadCodec* codec = find_codec(*payload.get("type")->text());
    ASSERT_NE(codec, nullptr) << vector;
    const auto pool = codec->make_pool();
    const auto packet = codec->read(payload, nullptr, *pool);
    ASSERT_TRUE(packet) << vector << ": " << packet.error().text;
    BodyWriter writer;
    writer.begin_map(1).key("p");
    ASSERT_TRUE(codec->write(writer, packet->packet));
    const Bytes written = one_piece(*writer.finish());
    const auto again = written.view.subspan(3);  // behind the map's own start and its key
    EXPECT_NE(std::search(message.begin(), message.end(), again.begin(), again.end()), message.end()) << vector;
  }
}

TEST(PayloadCodec, OnlyKnownTypesCross) {
  EXPECT_EQ(find_codec("acme.Blob"), nullptr);
  EXPECT_THAT(codec_names(), testing::StartsWith("Frame, Detections, Tracks, Regions, CodedFrame"));
}

Packet coded_frame(std::uint16_t piece = 0, std::uint16_t pieces = 1) {
  CodedFrame code;
  code.rung = 5;
  code.kind = RungKind::webp;
  code.frame_width = 1242, code.frame_height = 375;
  code.width = 640, code.height = 192;
  code.piece = piece, code.pieces = pieces;
  code.fill([](std::vector<std::uint8_t>& bytes) {
    bytes = {1, 2, 3, 250};
    return true;
  });
  return packet_of(std::move(code));
}

TEST(CodedFrameCodec, ComesBackAsItWas) {
  const auto back = sent(coded_frame());
  ASSERT_TRUE(back) << back.error().text;
  const CodedFrame& code = *back->get<CodedFrame>();
  EXPECT_EQ(code.rung, 5);
  EXPECT_EQ(code.kind, RungKind::webp);
  EXPECT_EQ(code.frame_width, 1242);
  EXPECT_EQ(code.frame_height, 375);
  EXPECT_EQ(code.width, 640);
  EXPECT_EQ(code.height, 192);
  EXPECT_THAT(code.bytes, testing::ElementsAre(1, 2, 3, 250));
}

TEST(CodedFrameCodec, APieceSaysWhichOneItIs) {
  EXPECT_EQ(sent(coded_frame())->get<CodedFrame>()->pieces, 1);
  const Packet packet = coded_frame(5, 7);
  const auto back = sent(packet);
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(back->get<CodedFrame>()->piece, 5);
  EXPECT_EQ(back->get<CodedFrame>()->pieces, 7);
  EXPECT_FALSE(sent(packet, replacing("pieces\x07", "pieces\x05"))) << "piece 5 of 5";
  EXPECT_FALSE(sent(packet, replacing("pieces\x07", "pieces\x7f"))) << "more than are allowed";
}

TEST(CodedFrameCodec, RefusesKindsAndSizesThatAreNone) {
  const auto kind = sent(coded_frame(), replacing("webp", "tiff"));
  ASSERT_FALSE(kind);
  EXPECT_THAT(kind.error().text, HasSubstr("\"tiff\""));
  CodedFrame empty;
  empty.rung = 0;
  const auto size = sent(packet_of(std::move(empty)));
  ASSERT_FALSE(size);
  EXPECT_THAT(size.error().text, HasSubstr("width"));
}

}  // namespace
}  // namespace weir

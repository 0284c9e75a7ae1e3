// SPDX-License-Identifier: Apache-2.0
#include "stages/partition/part_images.hpp"

#include <gtest/gtest.h>

#include "tests/stages/partition/test_frames.hpp"

namespace weir {
namespace {

TEST(PartImages, ShowTheFramesOwnPixelsAndKeepThem) {
  Packet frame = test::packet_of(test::picture());
  const ImageView image = frame.get<Frame>()->image;
  PartImages images;
  images.begin(frame);
  const Part part = images.make({100, 50, 300, 150}, PartKind::crop);
  images.end();
  frame = Packet();

  const ImageView& view = part.image.get<Frame>()->image;
  EXPECT_EQ(view.data, image.row(50) + 300) << "no copy";
  EXPECT_EQ(view.width, 200);
  EXPECT_EQ(view.height, 100);
  EXPECT_EQ(view.stride, image.stride);
  EXPECT_EQ(part.area, (Box{100, 50, 300, 150}));
  // Reading after the frame's own handle is gone: the address sanitizer would tell.
  EXPECT_EQ(view.row(0)[0], test::picture().image.row(50)[300]);
}

TEST(PartImages, TellWhereTheyWereCut) {
  const Packet frame = test::packet_of(test::picture());
  PartImages images;
  images.begin(frame);
  const Part part = images.make({100, 50, 300, 150}, PartKind::crop);
  EXPECT_EQ(part.image.get<Frame>()->origin_x, 100);
  EXPECT_EQ(part.image.get<Frame>()->origin_y, 50);
  EXPECT_EQ(images.whole(PartKind::low_resolution, 0.4).image.get<Frame>()->origin_x, 0);
}

TEST(PartImages, AreEncodedWhereThatIsWanted) {
  for (const PixelFormat format : {PixelFormat::bgr8, PixelFormat::gray8}) {
    const Packet frame = test::packet_of(test::picture(1242, 375, 1, format));
    PartImages images;
    ASSERT_TRUE(images.encode_as(ImageEncoding::jpeg, 80));
    images.begin(frame);
    const Part part = images.make({100, 50, 300, 150}, PartKind::crop);
    const Frame& image = *part.image.get<Frame>();
    EXPECT_EQ(image.image.width, 200);
    EXPECT_EQ(image.image.height, 100);
    EXPECT_EQ(image.origin_y, 50);
    if (format == PixelFormat::gray8) {
      EXPECT_EQ(image.encoding, ImageEncoding::raw);
      continue;
    }
    EXPECT_EQ(image.encoding, ImageEncoding::jpeg);
    ASSERT_GT(image.encoded.size(), 100U);
    EXPECT_LT(image.encoded.size(), 200U * 100 * 3 / 2);
    EXPECT_EQ(image.encoded[0], 0xFF);
    EXPECT_EQ(image.encoded[1], 0xD8);
    const Part low = images.whole(PartKind::low_resolution, 0.4);
    EXPECT_EQ(low.image.get<Frame>()->encoding, ImageEncoding::jpeg);
    EXPECT_EQ(low.image.get<Frame>()->image.width, 498);
  }
}

TEST(PartImages, LetGoOfTheFrame) {
  auto pool = std::make_shared<detail::Pool<Frame>>();
  auto* header = pool->take();
  header->value = test::picture(64, 32);
  Packet frame(header);
  PartImages images;
  images.begin(frame);
  Part part = images.whole();
  images.end();
  EXPECT_EQ(header->handles.load(), 2U);
  part = Part();
  EXPECT_EQ(header->handles.load(), 1U);
}

TEST(PartImages, ScaleWithPixelsOfTheirOwn) {
  for (const PixelFormat format : {PixelFormat::bgr8, PixelFormat::gray8}) {
    const Packet frame = test::packet_of(test::picture(1242, 375, 1, format));
    PartImages images;
    images.begin(frame);
    const Part part = images.whole(PartKind::low_resolution, 0.4);
    const ImageView& view = part.image.get<Frame>()->image;
    EXPECT_EQ(view.width, 498) << "1242 * 0.4, up to an even number";
    EXPECT_EQ(view.height, 150);
    EXPECT_EQ(view.format, PixelFormat::bgr8);
    EXPECT_EQ(part.area, (Box{0, 0, 1242, 375}));
    // The middle of a block has its color.
    const ImageView& large = frame.get<Frame>()->image;
    EXPECT_NEAR(view.row(16)[11 * 3], large.row(40)[27 * bytes_per_pixel(format)], 2);
  }
}

TEST(PartImages, TinyPartsAndManySizes) {
  const Packet frame = test::packet_of(test::picture(40, 30));
  PartImages images;
  images.begin(frame);
  EXPECT_EQ(images.make({0, 0, 1, 1}, PartKind::crop, 0.4).image.get<Frame>()->image.width, 1);
  for (int side = 4; side < 30; ++side) {
    const Part part = images.make({0, 0, side, side}, PartKind::crop, 0.5);
    EXPECT_EQ(part.image.get<Frame>()->image.width, (side + 3) / 4 * 2) << side;
  }
}

}  // namespace
}  // namespace weir

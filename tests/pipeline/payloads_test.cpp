// SPDX-License-Identifier: Apache-2.0
#include "pipeline/payloads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace weir {
namespace {

TEST(Frame, ACopyOutlivesTheOriginal) {
  auto original = std::make_unique<Frame>();
  const MutableImageView view = original->allocate(4, 2, PixelFormat::gray8);
  std::fill_n(view.data, 8, std::uint8_t{7});
  const Frame copy = *original;
  std::fill_n(view.data, 8, std::uint8_t{9});
  original.reset();
  EXPECT_EQ(copy.image.width, 4);
  EXPECT_TRUE(std::all_of(copy.image.data, copy.image.data + 8, [](std::uint8_t value) { return value == 7; }));
}

TEST(Frame, ACopySharesAdoptedPixels) {
  const auto pixels = std::make_shared<std::vector<std::uint8_t>>(8, std::uint8_t{7});
  Frame original;
  original.allocate(9, 9, PixelFormat::gray8);
  original.adopt({pixels->data(), 4, 2, 4, PixelFormat::gray8}, pixels);
  Frame copy;
  copy = original;
  original.clear();
  EXPECT_EQ(copy.image.data, pixels->data());
  EXPECT_EQ(pixels.use_count(), 2);
}

}  // namespace
}  // namespace weir

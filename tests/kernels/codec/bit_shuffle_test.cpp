// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/bit_shuffle.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/base/random.hpp"

namespace weir::codec {
namespace {

TEST(BitShuffle, IsTheScalarFormForEveryLength) {
  Random random(9);
  for (std::size_t n = 0; n < 150; ++n) {
    std::vector<std::uint8_t> symbols(n), want(shuffled_bytes(n) + 1, 0xAA), got = want, back(n + 1, 0xAA);
    for (auto& symbol : symbols) symbol = static_cast<std::uint8_t>(random.next());
    bit_shuffle_scalar(symbols.data(), n, want.data());
    bit_shuffle(symbols.data(), n, got.data());
    ASSERT_EQ(got, want) << n;  // the byte behind the end included
    bit_unshuffle(got.data(), n, back.data());
    ASSERT_EQ(back.back(), 0xAA);
    back.pop_back();
    ASSERT_EQ(back, symbols) << n;
    bit_unshuffle_scalar(got.data(), n, back.data());
    ASSERT_EQ(back, symbols) << n;
  }
}

TEST(BitShuffle, PutsBitsOfOneWeightTogether) {
  const std::vector<std::uint8_t> symbols{0x01, 0x80, 0x01, 0x80, 0, 0, 0, 0x81, 0x80};
  std::vector<std::uint8_t> out(shuffled_bytes(symbols.size()));
  bit_shuffle(symbols.data(), symbols.size(), out.data());
  std::vector<std::uint8_t> want(16, 0);
  want[0] = 0b1000'0101;   // the lowest bits of the first eight symbols
  want[14] = 0b1000'1010;  // their highest
  want[15] = 1;            // that of the ninth
  EXPECT_EQ(out, want);
}

}  // namespace
}  // namespace weir::codec

// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/quantise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/codec/pack_bits.hpp"

namespace weir::codec {
namespace {

float any_value(Random& random) {
  switch (random.below(12)) {
    case 0:
      return std::numeric_limits<float>::quiet_NaN();
    case 1:
      return std::numeric_limits<float>::infinity();
    case 2:
      return -std::numeric_limits<float>::infinity();
    case 3:
      return static_cast<float>(random.below(20)) * 0.25F;  // halfway between symbols
    default:
      return static_cast<float>(random.uniform(-3, 12));
  }
}

TEST(Quantise, EveryFastFormIsTheScalarOne) {
  Random random(3);
  for (const QuantiseOperations* operations : supported_quantise_operations()) {
    for (int trial = 0; trial < 300; ++trial) {
      const std::size_t n = random.below(150);
      const auto top = static_cast<std::uint8_t>(1 + random.below(255));
      const Quantiser q{static_cast<float>(random.uniform(-1, 1)),
                        trial % 3 == 0 ? 2.F : static_cast<float>(random.uniform(0.1, 40)), top};
      std::vector<float> in(n);
      std::vector<std::uint8_t> held(n), want(n), got(n);
      for (auto& v : in) v = any_value(random);
      for (auto& h : held) h = static_cast<std::uint8_t>(random.below(top + 1ULL));
      quantise_scalar(in.data(), n, q, want.data());
      operations->quantise(in.data(), n, q, got.data());
      ASSERT_EQ(got, want);
      const auto reach = static_cast<float>(random.uniform(0.5, 2));
      quantise_held_scalar(in.data(), held.data(), n, q, reach, want.data());
      operations->quantise_held(in.data(), held.data(), n, q, reach, got.data());
      ASSERT_EQ(got, want);
      ASSERT_EQ(operations->count_changes(held.data(), got.data(), n),
                count_changes_scalar(held.data(), got.data(), n));
    }
  }
}

TEST(LookUpAdd, EveryFastFormIsTheScalarOne) {
  Random random(4);
  const auto byte = [&](std::uint64_t below) { return static_cast<std::uint8_t>(random.below(below)); };
  for (const QuantiseOperations* operations : supported_quantise_operations()) {
    for (int trial = 0; trial < 100; ++trial) {
      std::array<std::uint8_t, kLookUpTable> table{};
      std::vector<std::uint8_t> symbols(random.below(200)), sums(symbols.size());
      std::ranges::generate(table, [&] { return byte(256); });
      std::ranges::generate(symbols, [&] { return byte(kLookUpTable); });
      std::ranges::generate(sums, [&] { return byte(256); });
      std::vector<std::uint8_t> want = sums;
      look_up_add_scalar(symbols.data(), symbols.size(), table, want.data());
      operations->look_up_add(symbols.data(), symbols.size(), table, sums.data());
      ASSERT_EQ(sums, want);
    }
  }
}

TEST(Quantise, RoundsToTheNearestSymbolAndHoldsToTheRange) {
  const Quantiser q{-1, 2, 7};
  EXPECT_EQ(quantise_one(-1, q), 0);
  EXPECT_EQ(quantise_one(0.2F, q), 2);
  EXPECT_EQ(quantise_one(0.25F, q), 2);  // halves to the even one
  EXPECT_EQ(quantise_one(0.75F, q), 4);
  EXPECT_EQ(quantise_one(-50, q), 0);
  EXPECT_EQ(quantise_one(50, q), 7);
  EXPECT_EQ(quantise_one(std::nanf(""), q), 0);
}

TEST(Quantise, HeldSymbolsStayWithinReach) {
  const Quantiser q{0, 1, 15};
  const std::vector<float> in{4.6F, 4.8F, 3.3F, 3.1F};
  const std::vector<std::uint8_t> held{4, 4, 4, 4};
  std::vector<std::uint8_t> out(4);
  quantise_held(in.data(), held.data(), 4, q, 0.75F, out.data());
  EXPECT_EQ(out, (std::vector<std::uint8_t>{4, 5, 4, 3}));
}

TEST(PackBits, IsTheScalarFormForEveryLengthAndWidth) {
  Random random(5);
  for (int bits = 1; bits <= 8; ++bits) {
    for (std::size_t n = 0; n < 70; ++n) {
      std::vector<std::uint8_t> symbols(n), want(packed_bytes(n, bits) + 1, 0xAA), got = want, back(n + 1, 0xAA);
      for (auto& s : symbols) s = static_cast<std::uint8_t>(random.below(1ULL << bits));
      pack_bits_scalar(symbols.data(), n, bits, want.data());
      pack_bits(symbols.data(), n, bits, got.data());
      ASSERT_EQ(got, want) << n << " symbols of " << bits << " bits";  // the byte behind the end included
      unpack_bits(got.data(), n, bits, back.data());
      ASSERT_EQ(back.back(), 0xAA);
      back.pop_back();
      ASSERT_EQ(back, symbols);
      unpack_bits_scalar(got.data(), n, bits, back.data());
      ASSERT_EQ(back, symbols);
    }
  }
}

}  // namespace
}  // namespace weir::codec

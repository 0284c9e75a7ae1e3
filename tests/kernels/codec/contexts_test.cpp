// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/contexts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/codec/quantise.hpp"
#include "kernels/codec/slice_encoder.hpp"

namespace weir::codec {
namespace {

std::vector<std::uint8_t> any_symbols(Random& random, std::size_t n, int levels) {
  std::vector<std::uint8_t> symbols(n);
  for (auto& s : symbols) s = static_cast<std::uint8_t>(random.below(static_cast<std::uint64_t>(levels)));
  return symbols;
}

TEST(Bends, EveryFastFormIsTheScalarOne) {
  Random random(71);
  for (const QuantiseOperations* operations : supported_quantise_operations()) {
    for (int trial = 0; trial < 200; ++trial) {
      const std::size_t n = random.below(120);
      const int levels = trial % 2 == 0 ? 3 : 256;
      const auto at = any_symbols(random, n + 2, levels), upper = any_symbols(random, n, levels);
      const auto lower = any_symbols(random, n, levels);
      std::vector<std::uint8_t> wanted(n), got(n);
      bends_scalar(at.data() + 1, upper.data(), lower.data(), n, wanted.data());
      operations->bends(at.data() + 1, upper.data(), lower.data(), n, got.data());
      ASSERT_EQ(got, wanted);
    }
  }
}

TEST(InterBases, AreBinAndBendWithTheBorderRepeated) {
  Random random(72);
  for (int trial = 0; trial < 300; ++trial) {
    const PlaneSize size{static_cast<int>(1 + random.below(5)), static_cast<int>(1 + random.below(40))};
    ChannelCode code;
    code.levels = trial % 2 == 0 ? 12 : 40;
    code.bins = any_symbols(random, static_cast<std::size_t>(code.levels), kMaxBins);
    const auto reference = any_symbols(random, size.count(), code.levels);
    std::vector<std::uint8_t> bases(size.count());
    inter_bases(code, reference.data(), size, bases.data());
    const auto at = [&](int y, int x) {
      const int row = std::clamp(y, 0, size.height - 1), column = std::clamp(x, 0, size.width - 1);
      return reference[static_cast<std::size_t>(row * size.width + column)];
    };
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        const int bend = bend_of(at(y, x), at(y, x - 1), at(y, x + 1), at(y - 1, x), at(y + 1, x));
        ASSERT_EQ(bases[static_cast<std::size_t>(y * size.width + x)], kContexts * code.bins[at(y, x)] + 9 * bend);
      }
    }
  }
}

}  // namespace
}  // namespace weir::codec

// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/rans.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/codec/tokens.hpp"

namespace weir::codec {
namespace {

Frequencies any_frequencies(Random& random, int tokens) {
  std::vector<double> counts(kTokens);
  for (auto& c : counts) c = random.below(3) == 0 ? 0 : std::pow(10, random.uniform(0, 5));
  return frequencies_of(counts, tokens);
}

std::vector<std::uint8_t> bytes_of(std::span<const std::uint16_t> words) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint16_t w : words)
    bytes.insert(bytes.end(), {static_cast<std::uint8_t>(w), static_cast<std::uint8_t>(w >> 8)});
  return bytes;
}

struct Sequence {
  std::vector<Frequencies> tables;
  std::vector<int> tokens;
  std::vector<std::uint8_t> bytes;
};

Sequence any_sequence(Random& random) {
  Sequence s;
  std::vector<Interval> intervals;
  const std::size_t n = random.below(400);
  for (std::size_t i = 0; i < n; ++i) {
    const int tokens = 2 + static_cast<int>(random.below(kTokens - 1));
    s.tables.push_back(any_frequencies(random, tokens));
    s.tokens.push_back(static_cast<int>(random.below(static_cast<std::uint64_t>(tokens))));
    const Frequencies& f = s.tables.back();
    intervals.push_back({static_cast<std::uint16_t>(f.start(s.tokens.back())),
                         static_cast<std::uint16_t>(f.frequency(s.tokens.back()))});
  }
  std::vector<std::uint16_t> words(n + 2);
  s.bytes = bytes_of(rans_encode(intervals, words));
  return s;
}

TEST(Rans, GivesBackEveryToken) {
  Random random(17);
  for (int trial = 0; trial < 300; ++trial) {
    const Sequence s = any_sequence(random);
    RansDecoder decoder(s.bytes);
    for (std::size_t i = 0; i < s.tokens.size(); ++i) ASSERT_EQ(decoder.token(s.tables[i]), s.tokens[i]);
    ASSERT_TRUE(decoder.finished(0));
  }
}

TEST(Rans, MostlyEndsElsewhereWhenABitIsWrong) {
  Random random(18);
  int unseen = 0, trials = 0;
  for (; trials < 500; ++trials) {
    Sequence s = any_sequence(random);
    s.bytes[random.below(s.bytes.size())] ^= static_cast<std::uint8_t>(1U << random.below(8));
    RansDecoder decoder(s.bytes);
    for (const Frequencies& f : s.tables) decoder.token(f);
    unseen += decoder.finished(0) ? 1 : 0;
  }
  EXPECT_LE(unseen, trials / 20);  // one rare token for another leaves the same state
}

TEST(Rans, TakesAboutTheEntropy) {
  Random random(19);
  const std::vector<double> counts{900, 60, 30, 10};
  const Frequencies f = frequencies_of(counts, 4);
  std::vector<Interval> intervals;
  double bits = 0;
  for (int i = 0; i < 20000; ++i) {
    const double u = random.uniform() * 1000;
    const int token = u < 900 ? 0 : u < 960 ? 1 : u < 990 ? 2 : 3;
    intervals.push_back({static_cast<std::uint16_t>(f.start(token)), static_cast<std::uint16_t>(f.frequency(token))});
    bits -= std::log2(counts[static_cast<std::size_t>(token)] / 1000);
  }
  std::vector<std::uint16_t> words(intervals.size() + 2);
  const double taken = 16.0 * static_cast<double>(rans_encode(intervals, words).size());
  EXPECT_LT(taken, bits * 1.01 + 32);
  EXPECT_GT(taken, bits * 0.99);
}

TEST(Rans, FrequenciesSumAndLeaveRoomForEveryToken) {
  Random random(20);
  for (int trial = 0; trial < 500; ++trial) {
    const int tokens = 2 + static_cast<int>(random.below(kTokens - 1));
    const Frequencies f = any_frequencies(random, tokens);
    std::uint32_t sum = 0;
    for (int t = 0; t < tokens; ++t) {
      ASSERT_GE(f.frequency(t), 1U);
      ASSERT_EQ(f.start(t), sum);
      sum += f.frequency(t);
    }
    ASSERT_EQ(sum, kFrequencySum);
    for (std::size_t t = static_cast<std::size_t>(tokens); t < f.cumulative.size(); ++t)
      ASSERT_EQ(f.cumulative[t], kFrequencySum);
  }
}

TEST(Tokens, RanksAreABijectionForEveryAlphabet) {
  for (int levels = 2; levels <= 256; levels += levels < 20 ? 1 : 59) {
    for (int predicted = 0; predicted < levels; ++predicted) {
      std::vector<bool> seen(static_cast<std::size_t>(levels), false);
      for (int symbol = 0; symbol < levels; ++symbol) {
        const int rank = rank_of(symbol, predicted, levels);
        ASSERT_TRUE(rank >= 0 && rank < levels);
        ASSERT_FALSE(seen[static_cast<std::size_t>(rank)]);
        seen[static_cast<std::size_t>(rank)] = true;
        ASSERT_EQ(symbol_of(rank, predicted, levels), symbol);
        const int token = token_of(rank);
        ASSERT_LT(token, token_count(levels));
        ASSERT_TRUE(rank >= first_rank(token) && rank < first_rank(token) + (1 << extra_bits(token)));
      }
    }
  }
  EXPECT_EQ(token_count(256), kTokens);
}

}  // namespace
}  // namespace weir::codec

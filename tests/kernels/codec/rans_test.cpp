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
  std::vector<Frequencies> rows;
  std::vector<std::uint8_t> contexts, tokens;
  std::vector<std::uint8_t> bytes;

  void encode() {
    std::vector<std::uint16_t> words(tokens.size());
    std::uint32_t state = kRansStart;
    const auto used = rans_encode(state, rows, contexts, tokens, words);
    std::vector<std::uint16_t> stream{static_cast<std::uint16_t>(state >> 16), static_cast<std::uint16_t>(state)};
    stream.insert(stream.end(), used.begin(), used.end());
    bytes = bytes_of(stream);
  }
};

Sequence any_sequence(Random& random) {
  Sequence s;
  std::vector<int> counts;
  for (int r = 0; r < 256; ++r) {
    counts.push_back(2 + static_cast<int>(random.below(kTokens - 1)));
    s.rows.push_back(any_frequencies(random, counts.back()));
  }
  for (std::uint64_t n = random.below(400); n > 0; --n) {
    s.contexts.push_back(static_cast<std::uint8_t>(random.below(256)));
    s.tokens.push_back(static_cast<std::uint8_t>(random.below(static_cast<std::uint64_t>(counts[s.contexts.back()]))));
  }
  s.encode();
  return s;
}

TEST(Rans, GivesBackEveryToken) {
  Random random(17);
  for (int trial = 0; trial < 300; ++trial) {
    const Sequence s = any_sequence(random);
    RansDecoder decoder(s.bytes);
    for (std::size_t i = 0; i < s.tokens.size(); ++i) {
      ASSERT_EQ(decoder.token(s.rows[s.contexts[i]]), s.tokens[i]);
    }
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
    for (const std::uint8_t c : s.contexts) decoder.token(s.rows[c]);
    unseen += decoder.finished(0) ? 1 : 0;
  }
  EXPECT_LE(unseen, trials / 20);  // one rare token for another leaves the same state
}

TEST(Rans, TakesAboutTheEntropy) {
  Random random(19);
  const std::vector<double> counts{900, 60, 30, 10};
  Sequence s;
  s.rows = {frequencies_of(counts, 4)};
  double bits = 0;
  for (int i = 0; i < 20000; ++i) {
    const double u = random.uniform() * 1000;
    s.tokens.push_back(u < 900 ? 0 : u < 960 ? 1 : u < 990 ? 2 : 3);
    bits -= std::log2(counts[s.tokens.back()] / 1000);
  }
  s.contexts.assign(s.tokens.size(), 0);
  s.encode();
  const double taken = 8.0 * static_cast<double>(s.bytes.size());
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
    const auto top = static_cast<std::uint8_t>(levels - 1);
    for (int predicted = 0; predicted < levels; ++predicted) {
      std::vector<bool> seen(static_cast<std::size_t>(levels), false);
      for (int symbol = 0; symbol < levels; ++symbol) {
        const int rank = rank_of(static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(predicted), top);
        ASSERT_TRUE(rank >= 0 && rank < levels);
        ASSERT_FALSE(seen[static_cast<std::size_t>(rank)]);
        seen[static_cast<std::size_t>(rank)] = true;
        ASSERT_EQ(symbol_of(rank, predicted, top), symbol);
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

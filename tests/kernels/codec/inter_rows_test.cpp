// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/inter_rows.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/codec/contexts.hpp"

namespace weir::codec {
namespace {

/// A channel and a stream of random bytes, from which a row can be decoded whatever they are.
struct Example {
  Example(Random& random, std::size_t width)
      : top(static_cast<int>(1 + random.below(random.below(2) == 0 ? 12 : 255))),
        payload(2 * width + 300),
        reference(width),
        bases(width),
        changes(width),
        symbols(width) {
    const std::size_t bins = 1 + random.below(kMaxBins);
    for (std::size_t i = 0; i < bins * kContexts; ++i) {
      std::vector<double> counts(kTokens);
      for (double& count : counts) count = std::pow(10, random.uniform(0, 3));
      rows.push_back(frequencies_of(counts, token_count(top + 1)));
    }
    for (auto& b : payload) b = static_cast<std::uint8_t>(random.next());
    for (auto& r : reference) r = static_cast<std::uint8_t>(random.below(static_cast<std::uint64_t>(top) + 1));
    for (auto& b : bases) b = static_cast<std::uint8_t>(9 * random.below(3 * bins));
    for (auto& c : changes) c = static_cast<std::uint8_t>(random.below(3));
    stream = SliceStream(payload);
  }

  InterRow row() { return {&stream, rows.data(), top, reference.data(), bases.data(), changes.data(), symbols.data()}; }

  int top;
  std::vector<std::uint8_t> payload, reference, bases, changes, symbols;
  std::vector<Frequencies> rows;
  SliceStream stream;
};

void expect_equal(const Example& a, const Example& b) {
  ASSERT_EQ(a.symbols, b.symbols);
  ASSERT_EQ(a.changes, b.changes);
  ASSERT_EQ(a.stream.rans.state(), b.stream.rans.state());
  ASSERT_EQ(a.stream.rans.next() - a.payload.data(), b.stream.rans.next() - b.payload.data());
  ASSERT_EQ(a.stream.extra.used(), b.stream.extra.used());
  ASSERT_EQ(a.stream.corrupt, b.stream.corrupt);
}

TEST(InterRows, EveryFastFormIsTheScalarOne) {
  Random random(61);
  for (const InterRowDecoder decoder : supported_inter_row_decoders()) {
    for (int trial = 0; trial < 100; ++trial) {
      const std::size_t width = 1 + random.below(300), count = 1 + random.below(kRowsTogether);
      std::vector<Example> fast;
      for (std::size_t k = 0; k < count; ++k) fast.emplace_back(random, width);
      std::vector<Example> wanted = fast;
      std::vector<InterRow> rows;
      for (std::size_t k = 0; k < count; ++k) {
        fast[k].stream = SliceStream(fast[k].payload);
        wanted[k].stream = SliceStream(wanted[k].payload);
        rows.push_back(fast[k].row());
        decode_inter_row_scalar(wanted[k].row(), width);
      }
      decoder(rows, width);
      for (std::size_t k = 0; k < count; ++k) ASSERT_NO_FATAL_FAILURE(expect_equal(fast[k], wanted[k]));
    }
  }
}

}  // namespace
}  // namespace weir::codec

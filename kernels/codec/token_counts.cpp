// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/token_counts.hpp"

#include <algorithm>
#include <cmath>

namespace weir::codec {
namespace {

constexpr double kRare = 40;    // tokens below which a context has no row of its own
constexpr double kLean = 8;     // tokens' worth of the bin's row in each context, and of the table's in each bin
constexpr double kFloor = 0.1;  // what every token is taken to have come beyond its count

double sum_of(const std::array<double, kTokens>& row) {
  double sum = 0;
  for (const double v : row) sum += v;
  return sum;
}

// The counts plus kLean tokens spread as in `prior`.
std::array<double, kTokens> lean(std::array<double, kTokens> row, const std::array<double, kTokens>& prior) {
  const double sum = sum_of(prior);
  for (std::size_t t = 0; t < row.size() && sum > 0; ++t) row[t] += kLean * prior[t] / sum;
  return row;
}

}  // namespace

TokenCounts::TokenCounts(const ChannelCode& code) : code_(code) {
  const std::size_t bins = *std::max_element(code.bins.begin(), code.bins.end()) + std::size_t{1};
  rows_.resize(bins * kContexts);
}

void TokenCounts::count(std::size_t row, int predicted, int symbol) {
  const auto top = static_cast<std::uint8_t>(code_.levels - 1);
  const int rank = rank_of(static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(predicted), top);
  rows_[row][static_cast<std::size_t>(token_of(rank))] += 1;
}

void TokenCounts::add(const std::uint8_t* symbols, const std::uint8_t* reference, PlaneSize size) {
  const int w = size.width;
  empty_ = false;
  if (reference != nullptr) {
    bases_.resize(size.count());
    inter_bases(code_, reference, size, bases_.data());
  }
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < w; ++x) {
      const std::ptrdiff_t i = static_cast<std::ptrdiff_t>(y) * w + x;
      if (reference != nullptr) {
        const auto change = [&](std::ptrdiff_t k) { return symbols[k] - reference[k]; };
        const int context = change_context(x > 0 ? change(i - 1) : 0, y > 0 ? change(i - w) : 0);
        count(bases_[static_cast<std::size_t>(i)] + static_cast<std::size_t>(context), reference[i], symbols[i]);
        continue;
      }
      const int left = x > 0 ? symbols[i - 1] : y > 0 ? symbols[i - w] : 0;
      const int upper = y > 0 ? symbols[i - w] : left;
      const int upper_right = y > 0 && x + 1 < w ? symbols[i + 1 - w] : upper;
      const int predicted = intra_prediction(left, upper);
      const int context =
          kContexts * code_.bins[static_cast<std::size_t>(predicted)] + intra_context(left, upper, upper_right);
      count(static_cast<std::size_t>(context), predicted, symbols[i]);
    }
  }
}

ContextTable TokenCounts::table() const {
  const int tokens = token_count(code_.levels);
  Row all{};
  for (const Row& row : rows_) {
    for (std::size_t t = 0; t < all.size(); ++t) all[t] += row[t];
  }
  for (int t = 0; t < tokens; ++t) all[static_cast<std::size_t>(t)] += kFloor;
  ContextTable table;
  double bits = 0;
  for (std::size_t first = 0; first < rows_.size(); first += kContexts) {
    Row bin{};
    for (std::size_t i = first; i < first + kContexts; ++i) {
      for (std::size_t t = 0; t < bin.size(); ++t) bin[t] += rows_[i][t];
    }
    bin = lean(bin, all);
    for (std::size_t i = first; i < first + kContexts; ++i) {
      const bool rare = sum_of(rows_[i]) < kRare;
      const Frequencies f = frequencies_of(rare ? bin : lean(rows_[i], bin), tokens);
      for (int t = 0; t < tokens; ++t) {
        const double cost = kFrequencyBits - std::log2(f.frequency(t)) + extra_bits(t);
        bits += rows_[i][static_cast<std::size_t>(t)] * cost;
      }
      table.rows.push_back(f);
    }
  }
  const double symbols = sum_of(all) - kFloor * tokens;
  table.bits_per_symbol =
      symbols > 0 ? static_cast<float>(bits / symbols) : static_cast<float>(std::log2(code_.levels));
  return table;
}

}  // namespace weir::codec

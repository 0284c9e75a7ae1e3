// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/slice_encoder.hpp"

#include <algorithm>
#include <array>

#include "kernels/codec/byte_io.hpp"
#include "kernels/codec/contexts.hpp"
#include "kernels/codec/pack_bits.hpp"

namespace weir::codec {

const ContextTable& table_of(const ChannelCode& code, SliceMode mode) {
  return mode == SliceMode::intra ? code.intra : mode == SliceMode::still ? code.still : code.moving;
}

void inter_bases(const ChannelCode& code, const std::uint8_t* reference, PlaneSize size, std::uint8_t* out) {
  static_assert(kMaxBins * kContexts <= 256, "a context fits a byte");
  std::array<std::uint8_t, 256> bins{};
  for (std::size_t s = 0; s < code.bins.size(); ++s) bins[s] = static_cast<std::uint8_t>(kContexts * code.bins[s]);
  const int w = size.width, h = size.height;
  for (int y = 0; y < h; ++y) {
    const std::uint8_t* const row = reference + static_cast<std::ptrdiff_t>(y) * w;
    const std::uint8_t* const upper = y > 0 ? row - w : row;
    const std::uint8_t* const lower = y + 1 < h ? row + w : row;
    std::uint8_t* const to = out + static_cast<std::ptrdiff_t>(y) * w;
    to[0] = bend_of(row[0], row[0], row[std::min(1, w - 1)], upper[0], lower[0]);
    for (int x = 1; x + 1 < w; ++x) to[x] = bend_of(row[x], row[x - 1], row[x + 1], upper[x], lower[x]);
    if (w > 1) to[w - 1] = bend_of(row[w - 1], row[w - 2], row[w - 1], upper[w - 1], lower[w - 1]);
    for (int x = 0; x < w; ++x) to[x] = static_cast<std::uint8_t>(9 * to[x] + bins[row[x]]);
  }
}

// contexts_ and tokens_, which hold ranks until here; extra bits are written in the order of reading.
void SliceEncoder::ranks_to_tokens(int levels) {
  if (levels <= kDirectTokens) return;
  for (std::uint8_t& rank : tokens_) {
    if (rank < kDirectTokens) continue;
    const int token = token_of(rank);
    pending_ |= static_cast<std::uint32_t>(rank - first_rank(token)) << pending_bits_;
    pending_bits_ += extra_bits(token);
    for (; pending_bits_ >= 8; pending_bits_ -= 8, pending_ >>= 8) extra_.push_back(pending_ & 0xFF);
    rank = static_cast<std::uint8_t>(token);
  }
}

void SliceEncoder::plan_inter(const ChannelCode& code, const std::uint8_t* symbols, const std::uint8_t* reference,
                              PlaneSize size) {
  const std::size_t n = size.count();
  const auto w = static_cast<std::size_t>(size.width);
  inter_bases(code, reference, size, contexts_.data());
  // Whether each symbol fell, stayed or rose: 0, 1, 2. A row of 1 stands above the first.
  changes_.assign(n + w, 1);
  std::uint8_t* const change = changes_.data() + w;
  const auto top = static_cast<std::uint8_t>(code.levels - 1);
  std::uint8_t* const rank = tokens_.data();
  for (std::size_t i = 0; i < n; ++i) {
    change[i] =
        static_cast<std::uint8_t>(1 + (symbols[i] > reference[i] ? 1 : 0) - (symbols[i] < reference[i] ? 1 : 0));
  }
  for (std::size_t i = 0; i < n; ++i) rank[i] = rank_of(symbols[i], reference[i], top);
  for (std::size_t y = 0; y < n; y += w) {
    contexts_[y] = static_cast<std::uint8_t>(contexts_[y] + 3 * change[y - w] + 1);
    for (std::size_t i = y + 1; i < y + w; ++i) {
      contexts_[i] = static_cast<std::uint8_t>(contexts_[i] + 3 * change[i - w] + change[i - 1]);
    }
  }
}

void SliceEncoder::plan_intra(const ChannelCode& code, const std::uint8_t* symbols, PlaneSize size) {
  const auto w = static_cast<std::size_t>(size.width);
  std::size_t i = 0;
  for (int y = 0; y < size.height; ++y) {
    const std::uint8_t* const row = symbols + i;
    for (std::size_t x = 0; x < w; ++x, ++i) {
      const int left = x > 0 ? row[x - 1] : y > 0 ? *(row - w) : 0;
      const int upper = y > 0 ? *(row + x - w) : left;
      const int upper_right = y > 0 && x + 1 < w ? *(row + x + 1 - w) : upper;
      const int predicted = intra_prediction(left, upper);
      contexts_[i] = static_cast<std::uint8_t>(kContexts * code.bins[static_cast<std::size_t>(predicted)] +
                                               intra_context(left, upper, upper_right));
      tokens_[i] = rank_of(row[x], static_cast<std::uint8_t>(predicted), static_cast<std::uint8_t>(code.levels - 1));
    }
  }
}

void SliceEncoder::put_coded(const ContextTable& table, std::vector<std::uint8_t>& out) {
  if (pending_bits_ > 0) extra_.push_back(static_cast<std::uint8_t>(pending_));
  words_.resize(tokens_.size() + 2);
  const auto words = rans_encode(table.rows, contexts_, tokens_, words_);
  payload_ = 2 * words.size() + extra_.size();
  ByteWriter(out).varint(static_cast<std::uint32_t>(payload_));
  for (const std::uint16_t word : words) ByteWriter(out).u16(word);
  out.insert(out.end(), extra_.rbegin(), extra_.rend());
}

void SliceEncoder::put_packed(const ChannelCode& code, const std::uint8_t* symbols, std::size_t n,
                              std::vector<std::uint8_t>& out) {
  const std::size_t bytes = packed_bytes(n, code.bits());
  ByteWriter(out).varint(static_cast<std::uint32_t>(bytes));
  out.resize(out.size() + bytes);
  pack_bits(symbols, n, code.bits(), out.data() + out.size() - bytes);
  payload_ = bytes;
}

void SliceEncoder::encode(const ChannelCode& code, SliceMode mode, const std::uint8_t* symbols,
                          const std::uint8_t* reference, PlaneSize size, std::vector<std::uint8_t>& out) {
  const std::size_t first = out.size();
  out.push_back(static_cast<std::uint8_t>(mode));
  out.push_back(0);
  if (mode == SliceMode::packed) {
    put_packed(code, symbols, size.count(), out);
  } else {
    contexts_.resize(size.count());
    tokens_.resize(size.count());
    extra_.clear();
    extra_.reserve(size.count());
    pending_ = 0;
    pending_bits_ = 0;
    if (mode == SliceMode::intra) {
      plan_intra(code, symbols, size);
    } else {
      plan_inter(code, symbols, reference, size);
    }
    ranks_to_tokens(code.levels);
    put_coded(table_of(code, mode), out);
  }
  out[first + 1] = slice_check(mode, std::span<const std::uint8_t>(out).last(payload_));
}

}  // namespace weir::codec

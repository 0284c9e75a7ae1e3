// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/slice_encoder.hpp"

#include <algorithm>

#include "kernels/codec/byte_io.hpp"
#include "kernels/codec/contexts.hpp"
#include "kernels/codec/pack_bits.hpp"

namespace weir::codec {

void bends(const std::uint8_t* reference, PlaneSize size, std::uint8_t* out) {
  const int w = size.width, h = size.height;
  for (int y = 0; y < h; ++y) {
    const std::uint8_t* row = reference + static_cast<std::ptrdiff_t>(y) * w;
    const std::uint8_t* upper = y > 0 ? row - w : row;
    const std::uint8_t* lower = y + 1 < h ? row + w : row;
    std::uint8_t* to = out + static_cast<std::ptrdiff_t>(y) * w;
    const auto bend = [&](int x, int left, int right) {
      return static_cast<std::uint8_t>(9 * bend_of(row[x], row[left], row[right], upper[x], lower[x]));
    };
    to[0] = bend(0, 0, std::min(1, w - 1));
    for (int x = 1; x + 1 < w; ++x) to[x] = bend(x, x - 1, x + 1);
    if (w > 1) to[w - 1] = bend(w - 1, w - 2, w - 1);
  }
}

void SliceEncoder::add(const Frequencies& row, int rank) {
  const int token = token_of(rank);
  intervals_.push_back(
      {static_cast<std::uint16_t>(row.start(token)), static_cast<std::uint16_t>(row.frequency(token))});
  if (token < kDirectTokens) return;
  pending_ |= static_cast<std::uint32_t>(rank - first_rank(token)) << pending_bits_;
  pending_bits_ += extra_bits(token);
  for (; pending_bits_ >= 8; pending_bits_ -= 8, pending_ >>= 8) extra_.push_back(pending_ & 0xFF);
}

void SliceEncoder::plan_inter(const ChannelCode& code, const ContextTable& table, const std::uint8_t* symbols,
                              const std::uint8_t* reference, PlaneSize size) {
  const std::size_t n = size.count();
  const auto w = static_cast<std::size_t>(size.width);
  bends_.resize(n);
  bends(reference, size, bends_.data());
  // Whether each symbol fell, stayed or rose: 0, 1, 2. A row of 1 stands above the first.
  changes_.assign(n + w, 1);
  std::uint8_t* const change = changes_.data() + w;
  for (std::size_t i = 0; i < n; ++i) {
    change[i] =
        static_cast<std::uint8_t>(1 + (symbols[i] > reference[i] ? 1 : 0) - (symbols[i] < reference[i] ? 1 : 0));
  }
  for (std::size_t y = 0; y < n; y += w) {
    int left = 1;
    for (std::size_t i = y; i < y + w; ++i) {
      const std::size_t context = bends_[i] + 3U * change[i - w] + static_cast<std::size_t>(left);
      const Frequencies& row = table.rows[code.bins[reference[i]] * std::size_t{kContexts} + context];
      left = change[i];
      add(row, left == 1 ? 0 : rank_of(symbols[i], reference[i], code.levels));
    }
  }
}

void SliceEncoder::plan_intra(const ChannelCode& code, const std::uint8_t* symbols, PlaneSize size) {
  const auto w = static_cast<std::size_t>(size.width);
  for (int y = 0; y < size.height; ++y) {
    const std::uint8_t* const row = symbols + static_cast<std::size_t>(y) * w;
    for (std::size_t x = 0; x < w; ++x) {
      const int left = x > 0 ? row[x - 1] : y > 0 ? *(row - w) : 0;
      const int upper = y > 0 ? *(row + x - w) : left;
      const int upper_right = y > 0 && x + 1 < w ? *(row + x + 1 - w) : upper;
      const int predicted = intra_prediction(left, upper);
      const auto context = static_cast<std::size_t>(intra_context(left, upper, upper_right));
      add(code.intra.rows[code.bins[static_cast<std::size_t>(predicted)] * std::size_t{kContexts} + context],
          rank_of(row[x], predicted, code.levels));
    }
  }
}

void SliceEncoder::put_coded(std::vector<std::uint8_t>& out) {
  if (pending_bits_ > 0) extra_.push_back(static_cast<std::uint8_t>(pending_));
  words_.resize(intervals_.size() + 2);
  const auto words = rans_encode(intervals_, words_);
  ByteWriter w(out);
  payload_ = 2 * words.size() + extra_.size();
  w.varint(static_cast<std::uint32_t>(payload_));
  for (const std::uint16_t word : words) w.u16(word);
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
    intervals_.clear();
    intervals_.reserve(size.count());
    words_.reserve(size.count() + 2);
    extra_.clear();
    extra_.reserve(size.count());
    pending_ = 0;
    pending_bits_ = 0;
    if (mode == SliceMode::intra) {
      plan_intra(code, symbols, size);
    } else {
      plan_inter(code, mode == SliceMode::still ? code.still : code.moving, symbols, reference, size);
    }
    put_coded(out);
  }
  out[first + 1] = slice_check(mode, std::span<const std::uint8_t>(out).last(payload_));
}

}  // namespace weir::codec

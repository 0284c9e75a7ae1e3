// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/slice_encoder.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "kernels/codec/contexts.hpp"
#include "kernels/codec/pack_bits.hpp"
#include "kernels/codec/quantise.hpp"

namespace weir::codec {
namespace {

constexpr std::size_t kMostOverhead = 16;  // of a slice of one channel

// The bend of the reference at every place, times kBend; the border repeats. Rows that have one above and one below
// are taken as one long row, because short ones do not fill vectors; where they meet is mended.
void bends_of_plane(const std::uint8_t* reference, PlaneSize size, std::uint8_t* out) {
  const auto w = static_cast<std::size_t>(size.width), n = size.count(), last = n - w;
  if (w > 2) {
    const std::size_t second = std::min(w, last);
    bends(reference + 1, reference + 1, reference + second + 1, w - 2, out + 1);
    bends(reference + last + 1, reference + last - second + 1, reference + last + 1, w - 2, out + last + 1);
  }
  if (size.height > 2) bends(reference + w, reference, reference + 2 * w, last - w, out + w);
  for (std::size_t y = 0; y < n; y += w) {
    const std::uint8_t* const row = reference + y;
    const std::uint8_t* const upper = y > 0 ? row - w : row;
    const std::uint8_t* const lower = y < last ? row + w : row;
    const auto bend = [&](std::size_t x, std::size_t left, std::size_t right) {
      out[y + x] = static_cast<std::uint8_t>(kBend * bend_of(row[x], row[left], row[right], upper[x], lower[x]));
    };
    bend(0, 0, std::min<std::size_t>(1, w - 1));
    if (w > 1) bend(w - 1, w - 2, w - 1);
  }
}

}  // namespace

const ContextTable& table_of(const ChannelCode& code, SliceMode mode) {
  return mode == SliceMode::intra ? code.intra : mode == SliceMode::still ? code.still : code.moving;
}

void inter_bases(const ChannelCode& code, const std::uint8_t* reference, PlaneSize size, std::uint8_t* out) {
  static_assert(kMaxBins * kContexts <= 256, "a context fits a byte");
  std::array<std::uint8_t, 256> bins{};
  for (std::size_t s = 0; s < code.bins.size(); ++s) bins[s] = static_cast<std::uint8_t>(kContexts * code.bins[s]);
  bends_of_plane(reference, size, out);
  const std::size_t n = size.count();
  if (code.levels <= static_cast<int>(kLookUpTable)) {
    look_up_add(reference, n, std::span(bins).first<kLookUpTable>(), out);
  } else {
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::uint8_t>(out[i] + bins[reference[i]]);
  }
}

// contexts_ and tokens_, which hold ranks until here; extra bits are written in the order of reading.
void SliceEncoder::ranks_to_tokens(int levels, std::vector<std::uint8_t>& extra) {
  extra.clear();
  if (levels <= kDirectTokens) return;
  std::uint32_t pending = 0;
  int pending_bits = 0;
  const auto put = [&](std::uint8_t& rank) {
    if (rank < kDirectTokens) return;
    const int token = token_of(rank);
    pending |= static_cast<std::uint32_t>(rank - first_rank(token)) << pending_bits;
    pending_bits += extra_bits(token);
    for (; pending_bits >= 8; pending_bits -= 8, pending >>= 8) extra.push_back(pending & 0xFF);
    rank = static_cast<std::uint8_t>(token);
  };
  // Such ranks are rare: eight at a time are looked at for one.
  static_assert(std::has_single_bit(static_cast<unsigned>(kDirectTokens)));
  constexpr std::uint64_t kOthers = std::uint64_t{0x0101010101010101} * (256 - kDirectTokens);
  const std::span<std::uint8_t> all(tokens_);
  std::size_t i = 0;
  for (std::uint64_t eight = 0; i + sizeof(eight) <= all.size(); i += sizeof(eight)) {
    std::memcpy(&eight, all.data() + i, sizeof(eight));
    if ((eight & kOthers) != 0) std::ranges::for_each(all.subspan(i, sizeof(eight)), put);
  }
  std::ranges::for_each(all.subspan(i), put);
  if (pending_bits > 0) extra.push_back(static_cast<std::uint8_t>(pending));
}

void SliceEncoder::plan_inter(const ChannelCode& code, const std::uint8_t* symbols, const std::uint8_t* reference) {
  const std::size_t n = size_.count();
  const auto w = static_cast<std::size_t>(size_.width);
  inter_bases(code, reference, size_, contexts_.data());
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
  // As if all rows were one, and then without what the left of a row's first place is not.
  std::uint8_t* const context = contexts_.data();
  for (std::size_t i = 0; i < n; ++i) {
    context[i] = static_cast<std::uint8_t>(context[i] + 3 * change[i - w] + change[i - 1]);
  }
  for (std::size_t y = w; y < n; y += w) context[y] = static_cast<std::uint8_t>(context[y] + 1 - change[y - 1]);
}

void SliceEncoder::plan_intra(const ChannelCode& code, const std::uint8_t* symbols) {
  const auto w = static_cast<std::size_t>(size_.width);
  std::size_t i = 0;
  for (int y = 0; y < size_.height; ++y) {
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

void SliceEncoder::start(PlaneSize size, std::size_t channels) {
  size_ = size;
  const std::size_t n = size.count();
  contexts_.resize(n);
  tokens_.resize(n);
  for (Trial* trial : {&first_, &second_}) {
    trial->space.resize(n);
    trial->extra.reserve(n);
  }
  // A channel takes at most a byte for each symbol, else it is packed.
  const std::size_t most = slice_bytes(n) + n + kMostOverhead;
  words_.resize(most);
  extra_.reserve(most);
  modes_.reserve(kMostSliceChannels);
  body_.resize(std::max(body_.size(), channels * (n + kMostOverhead)));
  at_ = body_.size();
  modes_.clear();
  close();
}

void SliceEncoder::encode(const ChannelCode& code, SliceMode mode, const std::uint8_t* symbols,
                          const std::uint8_t* reference, Trial& trial) {
  if (mode == SliceMode::intra) {
    plan_intra(code, symbols);
  } else {
    plan_inter(code, symbols, reference);
  }
  ranks_to_tokens(code.levels, trial.extra);
  trial.mode = mode;
  trial.state = state_;
  trial.words = rans_encode(trial.state, table_of(code, mode).rows, contexts_, tokens_, trial.space);
}

void SliceEncoder::add(const ChannelCode& code, const std::uint8_t* symbols, const std::uint8_t* reference) {
  const std::size_t n = size_.count();
  SliceMode mode = SliceMode::intra;
  if (reference != nullptr) {
    const std::size_t changes = count_changes(symbols, reference, n);
    const bool much = static_cast<float>(changes) > code.moving_share * static_cast<float>(n);
    mode = much ? SliceMode::moving : SliceMode::still;
  }
  encode(code, mode, symbols, reference, first_);
  const Trial* best = &first_;
  const double intra = code.intra.bits_per_symbol * static_cast<double>(n) / 8;
  if (mode != SliceMode::intra && static_cast<double>(first_.bytes()) > intra) {
    encode(code, SliceMode::intra, symbols, reference, second_);
    if (second_.bytes() < first_.bytes()) best = &second_;
  }
  if (best->bytes() > packed_bytes(n, code.bits())) {
    put_packed(code, symbols);
  } else {
    take(*best);
  }
}

void SliceEncoder::take(const Trial& trial) {
  modes_.push_back(trial.mode);
  state_ = trial.state;
  word_at_ -= trial.words.size();
  std::ranges::copy(trial.words, words_.begin() + static_cast<std::ptrdiff_t>(word_at_));
  extra_.insert(extra_.end(), trial.extra.rbegin(), trial.extra.rend());
  const std::size_t bytes = 2 * (words_.size() - word_at_) + extra_.size();
  if (bytes >= slice_bytes(size_.count()) || modes_.size() == kMostSliceChannels) close();
}

std::uint8_t* SliceEncoder::make_room(std::size_t bytes) {
  at_ -= bytes;
  return body_.data() + at_;
}

void SliceEncoder::put_head(std::uint8_t channels, std::size_t payload) {
  const std::uint16_t check = slice_check(channels, std::span(body_).subspan(at_, payload));
  std::array<std::uint8_t, 8> head{channels, static_cast<std::uint8_t>(check), static_cast<std::uint8_t>(check >> 8)};
  std::size_t bytes = 3;
  for (; payload >= 0x80; payload >>= 7) head[bytes++] = static_cast<std::uint8_t>(payload | 0x80);
  head[bytes++] = static_cast<std::uint8_t>(payload);
  std::copy_n(head.begin(), bytes, make_room(bytes));
}

void SliceEncoder::put_packed(const ChannelCode& code, const std::uint8_t* symbols) {
  close();
  const std::size_t bytes = packed_bytes(size_.count(), code.bits());
  pack_bits(symbols, size_.count(), code.bits(), make_room(bytes));
  put_head(0, bytes);
}

/// Puts the open slice, if it has a channel, in front of the others, and begins the next.
void SliceEncoder::close() {
  if (!modes_.empty()) {
    const std::size_t end = at_;
    std::ranges::copy(extra_, make_room(extra_.size()));
    words_[--word_at_] = static_cast<std::uint16_t>(state_ & 0xFFFF);
    words_[--word_at_] = static_cast<std::uint16_t>(state_ >> 16);
    std::uint8_t* to = make_room(2 * (words_.size() - word_at_));
    for (std::size_t i = word_at_; i < words_.size(); ++i) {
      *to++ = static_cast<std::uint8_t>(words_[i] & 0xFF);
      *to++ = static_cast<std::uint8_t>(words_[i] >> 8);
    }
    const std::size_t channels = modes_.size(), mode_bytes = (channels + kModesPerByte - 1) / kModesPerByte;
    to = make_room(mode_bytes);
    std::fill_n(to, mode_bytes, std::uint8_t{0});
    for (std::size_t i = 0; i < channels; ++i) {
      const auto mode = static_cast<unsigned>(modes_[channels - 1 - i]);
      to[i / kModesPerByte] |= static_cast<std::uint8_t>(mode << (kModeBits * (i % kModesPerByte)));
    }
    put_head(static_cast<std::uint8_t>(channels), end - at_);
  }
  modes_.clear();
  extra_.clear();
  state_ = kRansStart;
  word_at_ = words_.size();
}

std::span<const std::uint8_t> SliceEncoder::finish() {
  close();
  return std::span(body_).subspan(at_);
}

}  // namespace weir::codec

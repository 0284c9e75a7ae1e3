// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "kernels/codec/tokens.hpp"

namespace weir::codec {

/// Range asymmetric numeral systems (rANS; Duda, arXiv:1311.2540) in integers: frequencies sum to 2^12, the state has
/// 32 bits and gives or takes 16 at a time. The same bytes on every machine.
inline constexpr int kFrequencyBits = 12;
inline constexpr std::uint32_t kFrequencySum = 1U << kFrequencyBits;
/// Where an encoder starts and a decoder must end. Most corrupt bytes are told by ending elsewhere.
inline constexpr std::uint32_t kRansStart = 1U << 16;

/// The cumulative frequencies of one context: token t has those from [t] to [t + 1]. Tokens that cannot occur lie at
/// kFrequencySum, which no slot reaches.
struct alignas(32) Frequencies {
  std::array<std::uint16_t, 16> cumulative{};

  std::uint32_t start(int token) const { return cumulative[static_cast<std::size_t>(token)]; }
  std::uint32_t frequency(int token) const {
    return static_cast<std::uint32_t>(cumulative[static_cast<std::size_t>(token) + 1]) - start(token);
  }
};

/// Frequencies near the given counts, at least 1 for each of the first `tokens` (2 to kTokens), summing to
/// kFrequencySum exactly. All-zero counts give equal ones.
Frequencies frequencies_of(std::span<const double> counts, int tokens);

/// Encodes tokens, each with the row of its context, so that a decoder meets them first to last, as 16-bit words in the
/// order of reading; `words` is overwritten and must hold tokens.size(). Returns those used, which lie at its end.
///
/// `state` is kRansStart before the last tokens of a stream, and goes on from there with those before them. In front of
/// all words the stream has the state that is left in the end, high word first.
std::span<const std::uint16_t> rans_encode(std::uint32_t& state, std::span<const Frequencies> rows,
                                           std::span<const std::uint8_t> contexts, std::span<const std::uint8_t> tokens,
                                           std::span<std::uint16_t> words);

/// Reads tokens from little-endian words. Past the end it reads zeros and remembers. Thread-compatible.
class RansDecoder {
 public:
  RansDecoder() = default;
  explicit RansDecoder(std::span<const std::uint8_t> bytes) : next_(bytes.data()), end_(bytes.data() + bytes.size()) {
    const std::uint32_t high = word();
    state_ = (high << 16) | word();
  }

  /// The commonest token is 0: it has its own branch, which also spares what depends on the token from waiting. Among
  /// the others a branch would mostly be guessed wrong.
  int token(const Frequencies& f) {
    const std::uint32_t slot = state_ & (kFrequencySum - 1);
    const std::uint32_t first = f.cumulative[1];
    int token = 0;
    if (slot < first) {
      state_ = first * (state_ >> kFrequencyBits) + slot;
    } else {
      token = 1;
      for (std::size_t t = 2; t <= kDirectTokens; ++t) token += slot >= f.cumulative[t] ? 1 : 0;
      while (slot >= f.cumulative[static_cast<std::size_t>(token) + 1]) ++token;
      state_ = f.frequency(token) * (state_ >> kFrequencyBits) + slot - f.start(token);
    }
    if (state_ < kRansStart) state_ = (state_ << 16) | word();
    return token;
  }

  /// For a loop that does the same for several streams at once, and says afterwards where it left this one.
  std::uint32_t state() const { return state_; }
  const std::uint8_t* next() const { return next_; }
  void resume(std::uint32_t state, const std::uint8_t* next) {
    state_ = state;
    next_ = next;
  }

  /// Whether the bytes held exactly what was read, as far as the state can tell. `extra` bytes at the end are not its.
  bool finished(std::size_t extra) const {
    return !past_end_ && state_ == kRansStart && static_cast<std::size_t>(end_ - next_) == extra;
  }

 private:
  std::uint32_t word() {
    if (end_ - next_ < 2) {
      past_end_ = true;
      return 0;
    }
    const auto w = static_cast<std::uint32_t>(next_[0] | (next_[1] << 8));
    next_ += 2;
    return w;
  }

  std::uint32_t state_ = kRansStart;
  const std::uint8_t* next_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  bool past_end_ = false;
};

}  // namespace weir::codec

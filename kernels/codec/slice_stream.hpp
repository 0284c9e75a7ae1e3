// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/codec/rans.hpp"
#include "kernels/codec/tokens.hpp"

namespace weir::codec {

/// The extra bits of a slice, from its last byte backwards. Past the first byte it reads zeros. Thread-compatible.
class ExtraBits {
 public:
  ExtraBits() = default;
  explicit ExtraBits(std::span<const std::uint8_t> payload) : payload_(payload) {}

  int read(int bits) {
    for (; have_ < bits; have_ += 8) {
      const std::uint32_t byte = used_ < payload_.size() ? payload_[payload_.size() - 1 - used_] : 0;
      ++used_;
      pending_ |= byte << have_;
    }
    const auto value = static_cast<int>(pending_ & ((1U << bits) - 1));
    pending_ >>= bits;
    have_ -= bits;
    return value;
  }
  /// The extra bits of each channel begin with a byte.
  void align() {
    pending_ = 0;
    have_ = 0;
  }
  std::size_t used() const { return used_; }

 private:
  std::span<const std::uint8_t> payload_;
  std::size_t used_ = 0;
  std::uint32_t pending_ = 0;
  int have_ = 0;
};

/// What a slice's payload holds behind its modes. Thread-compatible.
struct SliceStream {
  SliceStream() = default;
  explicit SliceStream(std::span<const std::uint8_t> payload) : rans(payload), extra(payload) {}

  /// The rank of a token; one above `top` makes the slice corrupt, and is then 0.
  int rank_of_token(int token, int top) {
    if (token < kDirectTokens) return token;
    const int rank = first_rank(token) + extra.read(extra_bits(token));
    if (rank <= top) return rank;
    corrupt = true;
    return 0;
  }

  /// The next symbol. That it is the predicted one has a branch of its own: what depends on it need not wait then.
  int symbol(const Frequencies& row, int predicted, int top) {
    const int token = rans.token(row);
    return token == 0 ? predicted : symbol_of(rank_of_token(token, top), predicted, top);
  }

  /// Whether the payload held exactly what was read.
  bool finished() const { return !corrupt && rans.finished(extra.used()); }

  RansDecoder rans;
  ExtraBits extra;
  bool corrupt = false;
};

}  // namespace weir::codec

// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/slice_decoder.hpp"

#include <algorithm>

#include "kernels/codec/contexts.hpp"
#include "kernels/codec/pack_bits.hpp"

namespace weir::codec {
namespace {

// The extra bits of a slice, from its last byte backwards.
class ExtraBits {
 public:
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
  std::size_t used() const { return used_; }

 private:
  std::span<const std::uint8_t> payload_;
  std::size_t used_ = 0;
  std::uint32_t pending_ = 0;
  int have_ = 0;
};

void unpack(SliceJob& job, std::size_t n) {
  const int bits = job.code->bits(), levels = job.code->levels;
  if (job.payload.size() != packed_bytes(n, bits)) {
    std::fill_n(job.symbols, n, std::uint8_t{0});
    return;
  }
  unpack_bits(job.payload.data(), n, bits, job.symbols);
  job.good = true;
  for (std::size_t i = 0; i < n; ++i) {
    if (job.symbols[i] < levels) continue;
    job.symbols[i] = 0;
    job.good = false;
  }
}

}  // namespace

// One slice's tokens as symbols.
class SliceDecoder::Reader {
 public:
  explicit Reader(const SliceJob& job)
      : rans_(job.payload),
        extra_(job.payload),
        rows_(table_of(*job.code, job.mode).rows.data()),
        top_(job.code->levels - 1) {}

  int next(std::size_t context, int predicted) {
    int rank = rans_.token(rows_[context]);
    if (rank == 0) return predicted;
    if (rank >= kDirectTokens) {
      rank = first_rank(rank) + extra_.read(extra_bits(rank));
      if (rank > top_) {
        corrupt_ = true;
        rank = 0;
      }
    }
    return symbol_of(rank, predicted, top_);
  }

  bool finished() const { return !corrupt_ && rans_.finished(extra_.used()); }

 private:
  RansDecoder rans_;
  ExtraBits extra_;
  const Frequencies* rows_;
  int top_;
  bool corrupt_ = false;
};

void SliceDecoder::decode_inter(SliceJob& job, PlaneSize size) {
  const auto w = static_cast<std::size_t>(size.width);
  contexts_.resize(size.count());
  inter_bases(*job.code, job.reference, size, contexts_.data());
  changes_.assign(w, 1);  // of the row above
  std::uint8_t* const change = changes_.data();
  Reader reader(job);
  for (std::size_t y = 0; y < size.count(); y += w) {
    std::uint8_t* const context = contexts_.data() + y;
    const std::uint8_t* const reference = job.reference + y;
    std::uint8_t* const to = job.symbols + y;
    for (std::size_t x = 0; x < w; ++x) context[x] = static_cast<std::uint8_t>(context[x] + 3 * change[x]);
    std::size_t left = 1;
    for (std::size_t x = 0; x < w; ++x) {
      const int predicted = reference[x];
      const int symbol = reader.next(context[x] + left, predicted);
      left = static_cast<std::size_t>(1 + (symbol > predicted ? 1 : 0) - (symbol < predicted ? 1 : 0));
      change[x] = static_cast<std::uint8_t>(left);
      to[x] = static_cast<std::uint8_t>(symbol);
    }
  }
  job.good = reader.finished();
}

void SliceDecoder::decode_intra(SliceJob& job, PlaneSize size) {
  const auto w = static_cast<std::size_t>(size.width);
  const std::uint8_t* const bins = job.code->bins.data();
  Reader reader(job);
  std::uint8_t* to = job.symbols;
  for (int y = 0; y < size.height; ++y) {
    for (std::size_t x = 0; x < w; ++x, ++to) {
      const int left = x > 0 ? to[-1] : y > 0 ? *(to - w) : 0;
      const int upper = y > 0 ? *(to - w) : left;
      const int upper_right = y > 0 && x + 1 < w ? *(to + 1 - w) : upper;
      const int predicted = intra_prediction(left, upper);
      const int context = kContexts * bins[predicted] + intra_context(left, upper, upper_right);
      *to = static_cast<std::uint8_t>(reader.next(static_cast<std::size_t>(context), predicted));
    }
  }
  job.good = reader.finished();
}

void SliceDecoder::decode(SliceJob& job, PlaneSize size) {
  job.good = false;
  if (job.mode == SliceMode::packed) {
    unpack(job, size.count());
  } else if (job.mode == SliceMode::intra) {
    decode_intra(job, size);
  } else {
    decode_inter(job, size);
  }
}

}  // namespace weir::codec

// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/slice_decoder.hpp"

#include <algorithm>
#include <array>

#include "kernels/codec/contexts.hpp"
#include "kernels/codec/pack_bits.hpp"

namespace weir::codec {
namespace {

static_assert(kMaxBins * kContexts <= 256, "a context fits a byte");

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

struct SliceDecoder::Lane {
  explicit Lane(const SliceJob& job)
      : rans(job.payload),
        extra(job.payload),
        rows((job.mode == SliceMode::intra   ? job.code->intra
              : job.mode == SliceMode::still ? job.code->still
                                             : job.code->moving)
                 .rows.data()),
        bins(job.code->bins.data()),
        levels(job.code->levels) {}

  // One symbol in the given context.
  int next(std::size_t context, int predicted) {
    int rank = rans.token(rows[context]);
    if (rank == 0) return predicted;
    if (rank >= kDirectTokens) {
      rank = first_rank(rank) + extra.read(extra_bits(rank));
      if (rank >= levels) {
        corrupt = true;
        rank = 0;
      }
    }
    return symbol_of(rank, predicted, levels);
  }

  RansDecoder rans;
  ExtraBits extra;
  const Frequencies* rows;
  const std::uint8_t* bins;
  int levels;
  bool corrupt = false;
};

void SliceDecoder::prepare(SliceJob& job, PlaneSize size, std::size_t slot) {
  const std::size_t n = size.count();
  auto& base = base_[slot];
  base.resize(n);
  bends(job.reference, size, base.data());
  const std::uint8_t* const bins = job.code->bins.data();
  for (std::size_t i = 0; i < n; ++i) base[i] = static_cast<std::uint8_t>(base[i] + kContexts * bins[job.reference[i]]);
  changes_[slot].assign(static_cast<std::size_t>(size.width), 1);
}

template <bool kIntra, std::size_t kLanes>
void SliceDecoder::run(std::span<SliceJob> jobs, PlaneSize size) {
  const auto lanes_of = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Lane, kLanes>{Lane(jobs[I])...};
  };
  auto lanes = lanes_of(std::make_index_sequence<kLanes>());
  const auto w = static_cast<std::size_t>(size.width);
  for (std::size_t y = 0; y < size.count(); y += w) {
    std::array<int, kLanes> left;
    left.fill(1);
    for (std::size_t x = 0; x < w; ++x) {
      for (std::size_t l = 0; l < kLanes; ++l) {
        std::uint8_t* const to = jobs[l].symbols + y + x;
        if constexpr (kIntra) {
          const int before = x > 0 ? to[-1] : y > 0 ? *(to - w) : 0;
          const int upper = y > 0 ? *(to - w) : before;
          const int upper_right = y > 0 && x + 1 < w ? *(to + 1 - w) : upper;
          const int predicted = intra_prediction(before, upper);
          const int context = kContexts * lanes[l].bins[predicted] + intra_context(before, upper, upper_right);
          *to = static_cast<std::uint8_t>(lanes[l].next(static_cast<std::size_t>(context), predicted));
        } else {
          const int predicted = jobs[l].reference[y + x];
          std::uint8_t& change = changes_[l][x];
          const std::size_t context = base_[l][y + x] + 3U * change + static_cast<std::size_t>(left[l]);
          const int symbol = lanes[l].next(context, predicted);
          left[l] = 1 + (symbol > predicted ? 1 : 0) - (symbol < predicted ? 1 : 0);
          change = static_cast<std::uint8_t>(left[l]);
          *to = static_cast<std::uint8_t>(symbol);
        }
      }
    }
  }
  for (std::size_t l = 0; l < kLanes; ++l) {
    jobs[l].good = !lanes[l].corrupt && lanes[l].rans.finished(lanes[l].extra.used());
  }
}

template <bool kIntra>
void SliceDecoder::batch(std::span<SliceJob> jobs, PlaneSize size) {
  if constexpr (!kIntra) {
    for (std::size_t l = 0; l < jobs.size(); ++l) prepare(jobs[l], size, l);
  }
  switch (jobs.size()) {
    case 4:
      return run<kIntra, 4>(jobs, size);
    case 3:
      return run<kIntra, 3>(jobs, size);
    case 2:
      return run<kIntra, 2>(jobs, size);
    default:
      return run<kIntra, 1>(jobs, size);
  }
}

void SliceDecoder::decode(std::span<SliceJob> jobs, PlaneSize size) {
  for (SliceJob& job : jobs) job.good = false;
  std::size_t first = 0;
  while (first < jobs.size()) {
    if (jobs[first].mode == SliceMode::packed) {
      unpack(jobs[first++], size.count());
      continue;
    }
    const bool intra = jobs[first].mode == SliceMode::intra;
    std::size_t end = first + 1;
    while (end < jobs.size() && end - first < 4 && jobs[end].mode != SliceMode::packed &&
           (jobs[end].mode == SliceMode::intra) == intra) {
      ++end;
    }
    const auto alike = jobs.subspan(first, end - first);
    if (intra) {
      batch<true>(alike, size);
    } else {
      batch<false>(alike, size);
    }
    first = end;
  }
}

}  // namespace weir::codec

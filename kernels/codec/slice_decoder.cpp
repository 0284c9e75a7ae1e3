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

}  // namespace

// One slice's tokens as symbols, channel by channel.
class SliceDecoder::Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> payload) : rans_(payload), extra_(payload) {}

  void begin(const ChannelCode& code, SliceMode mode) {
    extra_.align();
    rows_ = table_of(code, mode).rows.data();
    top_ = code.levels - 1;
  }

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
  const Frequencies* rows_ = nullptr;
  int top_ = 0;
  bool corrupt_ = false;
};

bool SliceDecoder::unpack(std::span<const std::uint8_t> payload, const ChannelJob& channel, PlaneSize size) {
  const int bits = channel.code->bits();
  if (payload.size() != packed_bytes(size.count(), bits)) return false;
  unpack_bits(payload.data(), size.count(), bits, channel.symbols);
  const std::span symbols(channel.symbols, size.count());
  return std::ranges::all_of(symbols, [&](std::uint8_t symbol) { return symbol < channel.code->levels; });
}

void SliceDecoder::decode_inter(const ChannelJob& job, PlaneSize size, Reader& stream) {
  const auto w = static_cast<std::size_t>(size.width);
  contexts_.resize(size.count());
  inter_bases(*job.code, job.reference, size, contexts_.data());
  changes_.assign(w, 1);  // of the row above
  std::uint8_t* const change = changes_.data();
  Reader reader = stream;  // symbols that are written cannot be part of it
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
  stream = reader;
}

void SliceDecoder::decode_intra(const ChannelJob& job, PlaneSize size, Reader& stream) {
  const auto w = static_cast<std::size_t>(size.width);
  const std::uint8_t* const bins = job.code->bins.data();
  Reader reader = stream;
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
  stream = reader;
}

bool SliceDecoder::decode(std::span<const std::uint8_t> payload, std::span<const ChannelJob> channels, PlaneSize size) {
  const std::size_t mode_bytes = (channels.size() + kModesPerByte - 1) / kModesPerByte;
  if (payload.size() < mode_bytes) return false;
  Reader reader(payload.subspan(mode_bytes));
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const auto mode =
        static_cast<SliceMode>((payload[i / kModesPerByte] >> (kModeBits * (i % kModesPerByte))) & kModeMask);
    if (mode == SliceMode::packed || (needs_reference(mode) && channels[i].reference == nullptr)) return false;
    reader.begin(*channels[i].code, mode);
    if (mode == SliceMode::intra) {
      decode_intra(channels[i], size, reader);
    } else {
      decode_inter(channels[i], size, reader);
    }
  }
  return reader.finished();
}

}  // namespace weir::codec

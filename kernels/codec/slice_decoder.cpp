// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/slice_decoder.hpp"

#include <algorithm>

#include "kernels/codec/contexts.hpp"
#include "kernels/codec/pack_bits.hpp"

namespace weir::codec {
namespace {

bool unpack(std::span<const std::uint8_t> payload, const ChannelJob& channel, PlaneSize size) {
  const int bits = channel.code->bits();
  if (payload.size() != packed_bytes(size.count(), bits)) return false;
  unpack_bits(payload.data(), size.count(), bits, channel.symbols);
  const std::span symbols(channel.symbols, size.count());
  return std::ranges::all_of(symbols, [&](std::uint8_t symbol) { return symbol < channel.code->levels; });
}

constexpr std::size_t mode_bytes(std::size_t channels) { return (channels + kModesPerByte - 1) / kModesPerByte; }

}  // namespace

void SliceDecoder::refuse(std::size_t slice) { refused_ = std::min(slice, refused_.value_or(slice)); }

bool SliceDecoder::open_channel(Lane& lane) {
  const std::size_t i = lane.channel;
  lane.mode =
      static_cast<SliceMode>((lane.payload[i / kModesPerByte] >> (kModeBits * (i % kModesPerByte))) & kModeMask);
  const ChannelJob& job = lane.channels[i];
  if (lane.mode == SliceMode::packed || (needs_reference(lane.mode) && job.reference == nullptr)) return false;
  lane.y = 0;
  lane.stream.extra.align();
  if (lane.mode == SliceMode::intra) return true;
  inter_bases(*job.code, job.reference, size_, lane.contexts.data());
  std::ranges::fill(lane.changes, std::uint8_t{1});  // of the row above the first
  return true;
}

// Begins the last slice that no lane has begun: it has the most channels, because the least important come last.
bool SliceDecoder::open_slice(Lane& lane) {
  while (!slices_.empty()) {
    const SliceJob job = slices_.back();
    lane.slice = slices_.size() - 1;
    lane.payload = job.payload;
    lane.channels = channels_.last(job.channels);
    lane.channel = 0;
    slices_ = slices_.first(slices_.size() - 1);
    channels_ = channels_.first(channels_.size() - job.channels);
    if (job.packed) {
      if (!unpack(job.payload, lane.channels.front(), size_)) refuse(lane.slice);
      continue;
    }
    const std::size_t modes = mode_bytes(job.channels);
    if (job.payload.size() >= modes) {
      lane.stream = SliceStream(job.payload.subspan(modes));
      if (open_channel(lane)) return true;
    }
    refuse(lane.slice);
  }
  return false;
}

// To the next row of a lane, which may be another channel's or slice's.
bool SliceDecoder::go_on(Lane& lane) {
  if (++lane.y < size_.height) return true;
  if (++lane.channel < lane.channels.size()) {
    if (open_channel(lane)) return true;
    refuse(lane.slice);
  } else if (!lane.stream.finished()) {
    refuse(lane.slice);
  }
  return open_slice(lane);
}

InterRow SliceDecoder::inter_row(Lane& lane) const {
  const ChannelJob& job = lane.channels[lane.channel];
  const auto at = static_cast<std::size_t>(lane.y) * static_cast<std::size_t>(size_.width);
  return {&lane.stream,
          table_of(*job.code, lane.mode).rows.data(),
          job.code->levels - 1,
          job.reference + at,
          lane.contexts.data() + at,
          lane.changes.data(),
          job.symbols + at};
}

void SliceDecoder::decode_intra_row(Lane& lane) const {
  const ChannelJob& job = lane.channels[lane.channel];
  const auto w = static_cast<std::size_t>(size_.width);
  const std::uint8_t* const bins = job.code->bins.data();
  const Frequencies* const rows = job.code->intra.rows.data();
  const int top = job.code->levels - 1;
  SliceStream stream = lane.stream;
  std::uint8_t* to = job.symbols + static_cast<std::size_t>(lane.y) * w;
  for (std::size_t x = 0; x < w; ++x, ++to) {
    const int left = x > 0 ? to[-1] : lane.y > 0 ? *(to - w) : 0;
    const int upper = lane.y > 0 ? *(to - w) : left;
    const int upper_right = lane.y > 0 && x + 1 < w ? *(to + 1 - w) : upper;
    const int predicted = intra_prediction(left, upper);
    const int context = kContexts * bins[predicted] + intra_context(left, upper, upper_right);
    *to = static_cast<std::uint8_t>(stream.symbol(rows[context], predicted, top));
  }
  lane.stream = stream;
}

void SliceDecoder::decode_rows(std::span<Lane* const> lanes) {
  std::size_t n = 0;
  const auto w = static_cast<std::size_t>(size_.width);
  for (Lane* const lane : lanes) {
    if (lane->mode == SliceMode::intra) {
      decode_intra_row(*lane);
    } else if (readable_end_ - lane->stream.rans.next() >= static_cast<std::ptrdiff_t>(2 * w)) {
      together_[n++] = inter_row(*lane);
    } else {
      decode_inter_row_scalar(inter_row(*lane), w);
    }
  }
  if (n > 0) decode_inter_rows(std::span(together_).first(n), w);
}

std::optional<std::size_t> SliceDecoder::decode(std::span<const SliceJob> slices, std::span<const ChannelJob> channels,
                                                PlaneSize size, const std::uint8_t* readable_end) {
  slices_ = slices;
  channels_ = channels;
  size_ = size;
  readable_end_ = readable_end;
  refused_.reset();
  std::array<Lane*, kRowsTogether> open{};
  std::size_t count = 0;
  for (Lane& lane : lanes_) {
    lane.contexts.resize(size.count());
    lane.changes.resize(static_cast<std::size_t>(size.width));
    if (open_slice(lane)) open[count++] = &lane;
  }
  while (count > 0) {
    decode_rows(std::span(open).first(count));
    const auto end = std::remove_if(open.begin(), open.begin() + count, [&](Lane* lane) { return !go_on(*lane); });
    count = static_cast<std::size_t>(end - open.begin());
  }
  return refused_;
}

}  // namespace weir::codec

// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/feature_decoder.hpp"

#include <algorithm>
#include <string>

#include "kernels/codec/byte_io.hpp"

namespace weir {
namespace {

std::string hex(std::uint64_t v) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(v >> shift) & 15];
  return out;
}

Error corrupt_slice(std::uint64_t frame, std::size_t slice) {
  return {Code::corrupt,
          "feature message of frame " + std::to_string(frame) + ": slice " + std::to_string(slice) + " is corrupt"};
}

}  // namespace

FeatureDecoder::FeatureDecoder(std::shared_ptr<const CodeTables> tables) : tables_(std::move(tables)) {}

Status FeatureDecoder::check(const codec::Header& h) const {
  if (h.model_hash != tables_->model_hash()) {
    return {Code::invalid, "feature message of model " + hex(h.model_hash) + ", but the tables here are for model " +
                               hex(tables_->model_hash()) + "; give both sides the same model and tables"};
  }
  if (h.table_id != tables_->id()) {
    return {Code::invalid, "feature message with tables " + hex(h.table_id) + ", but here are tables " +
                               hex(tables_->id()) + "; give both sides the same table file"};
  }
  if (h.rung >= tables_->rungs().size()) {
    return {Code::invalid, "feature message of rung " + std::to_string(h.rung) + "; the tables have " +
                               std::to_string(tables_->rungs().size())};
  }
  const std::string shape = std::to_string(h.channels) + "x" + std::to_string(h.height) + "x" + std::to_string(h.width);
  if (h.channels != tables_->channels() || h.height == 0 || h.width == 0) {
    return {Code::invalid, "feature message of shape " + shape + "; the tables are for " +
                               std::to_string(tables_->channels()) + " channels"};
  }
  if (std::size_t{h.channels} * h.height * h.width > limit_) {
    return {Code::invalid,
            "feature message of shape " + shape + " has more than the " + std::to_string(limit_) + " values allowed"};
  }
  const auto& codes = tables_->rungs()[h.rung].codes;
  const auto sent = std::count_if(codes.begin(), codes.end(), [](const ChannelCode& c) { return c.sent(); });
  if (h.sent == sent) return {};
  return {Code::corrupt,
          "feature message of " + std::to_string(h.sent) + " channels; its rung has " + std::to_string(sent)};
}

Status FeatureDecoder::find_reference(const codec::Header& h) {
  reference_.clear();
  if (h.back == 0) return {};
  const codec::SymbolFrame* found = h.back <= h.frame ? ring_.find(h.frame - h.back) : nullptr;
  if (found == nullptr || found->size.height != h.height || found->size.width != h.width) {
    return {Code::not_found, "feature message of frame " + std::to_string(h.frame) + " refers to frame " +
                                 std::to_string(h.frame - h.back) +
                                 ", which is not here; have the encoder forget it and send a key tensor"};
  }
  reference_.prepare(*tables_, *found, h.rung);
  return {};
}

// Fills slice_jobs_ with the slices that are there from first to last byte, and says how many of the channels that are
// sent they hold.
Result<std::size_t> FeatureDecoder::split(const codec::Header& h, std::span<const std::uint8_t> slices) {
  codec::ByteReader in(slices);
  slice_jobs_.clear();
  slice_jobs_.reserve(h.sent);
  std::size_t held = 0;
  while (held < h.sent) {
    const std::uint8_t count = in.u8();
    const std::uint16_t check = in.u16();
    const std::size_t length = in.varint();
    const auto payload = in.bytes(length);
    if (!in.ok()) return held;
    const std::size_t channels = std::max<std::size_t>(count, 1);
    if (channels > h.sent - held || codec::slice_check(count, payload) != check) {
      return fail(corrupt_slice(h.frame, slice_jobs_.size()));
    }
    slice_jobs_.push_back({payload, channels, count == 0});
    held += channels;
  }
  if (in.left() == 0) return held;
  return fail(Code::corrupt, "feature message of frame " + std::to_string(h.frame) + " goes on for " +
                                 std::to_string(in.left()) + " bytes behind its last slice");
}

Status FeatureDecoder::decode_slices(const codec::Header& h, const std::uint8_t* readable_end) {
  const auto& codes = tables_->rungs()[h.rung].codes;
  channel_jobs_.clear();
  channel_jobs_.reserve(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (!codes[i].sent()) continue;
    channel_jobs_.push_back({&codes[i], reference_.plane(i), current_->symbols.data() + i * size_.count()});
  }
  std::size_t held = 0;
  for (const codec::SliceJob& job : slice_jobs_) held += job.channels;
  const auto refused = slices_.decode(slice_jobs_, std::span(channel_jobs_).first(held), size_, readable_end);
  if (refused) return corrupt_slice(h.frame, *refused);
  return {};
}

void FeatureDecoder::dequantise(const CodecRung& rung, std::size_t held, std::span<float> out) const {
  const std::size_t n = size_.count();
  const auto order = tables_->order();
  for (std::size_t i = 0; i < order.size(); ++i) {
    float* const to = out.data() + order[i] * n;
    if (held == 0 || !rung.codes[i].sent()) {
      std::fill_n(to, n, tables_->means()[order[i]]);
      continue;
    }
    --held;
    const float* const values = rung.codes[i].values.data();
    const std::uint8_t* const symbols = current_->symbols.data() + i * n;
#pragma GCC unroll 8  // else counting takes as long as looking up
    for (std::size_t k = 0; k < n; ++k) to[k] = values[symbols[k]];
  }
}

Result<DecodedFeatures> FeatureDecoder::decode(std::span<const std::uint8_t> message, Tensor& out) {
  const auto header = codec::get_header(message);
  if (!header) return fail(header.error());
  if (Status s = check(*header); !s) return fail(s.error());
  if (Status s = find_reference(*header); !s) return fail(s.error());
  const auto held = split(*header, message.subspan(codec::kHeaderBytes));
  if (!held) return fail(held.error());
  if (*held == 0 && header->sent > 0) {
    return fail(Code::corrupt, "feature message of frame " + std::to_string(header->frame) +
                                   " is cut short before the end of its first slice");
  }
  const CodecRung& rung = tables_->rungs()[header->rung];
  size_ = {header->height, header->width};
  const auto reference = header->back > 0 ? std::optional(header->frame - header->back) : std::nullopt;
  current_ = &ring_.take(reference, rung.codes.size(), size_);
  if (Status s = decode_slices(*header, message.data() + message.size()); !s) return fail(s.error());
  out.resize(DType::f32, Shape{1, header->channels, header->height, header->width});
  dequantise(rung, *held, out.as<float>());
  DecodedFeatures decoded{header->frame, header->rung, *held, *held == header->sent, header->back == 0};
  current_->rung = header->rung;
  if (decoded.whole) current_->frame = header->frame;
  return decoded;
}

}  // namespace weir

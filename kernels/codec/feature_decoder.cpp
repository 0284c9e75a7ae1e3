// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/feature_decoder.hpp"

#include <algorithm>
#include <string>

#include "kernels/codec/byte_io.hpp"

namespace weir {
namespace {

using codec::SliceMode;

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
  if (h.slices == sent) return {};
  return {Code::corrupt,
          "feature message of " + std::to_string(h.slices) + " slices; its rung has " + std::to_string(sent)};
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

// Fills jobs_ with the slices that are there from first to last byte, and says how many of the rung's channels that is.
Result<std::size_t> FeatureDecoder::split(const codec::Header& h, std::span<const std::uint8_t> message) {
  const auto& codes = tables_->rungs()[h.rung].codes;
  codec::ByteReader in(message.subspan(codec::kHeaderBytes));
  jobs_.clear();
  jobs_.reserve(codes.size());
  places_.clear();
  places_.reserve(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (!codes[i].sent()) continue;
    const int mode = in.u8();
    const std::uint8_t check = in.u8();
    const std::size_t length = in.varint();
    const auto payload = in.bytes(length);
    if (!in.ok()) return i;
    const std::uint8_t* const reference = reference_.plane(i);
    const bool usable = mode < codec::kSliceModes &&
                        codec::slice_check(static_cast<SliceMode>(mode), payload) == check &&
                        (reference != nullptr || !codec::needs_reference(static_cast<SliceMode>(mode)));
    if (!usable) return fail(corrupt_slice(h.frame, jobs_.size()));
    jobs_.push_back({&codes[i], static_cast<SliceMode>(mode), payload, reference, nullptr, false});
    places_.push_back(i);
  }
  if (in.left() == 0) return codes.size();
  return fail(Code::corrupt, "feature message of frame " + std::to_string(h.frame) + " goes on for " +
                                 std::to_string(in.left()) + " bytes behind its last slice");
}

Status FeatureDecoder::find_corrupt(std::uint64_t frame) const {
  for (std::size_t s = 0; s < jobs_.size(); ++s) {
    if (!jobs_[s].good) return corrupt_slice(frame, s);
  }
  return {};
}

void FeatureDecoder::dequantise(const CodecRung& rung, std::size_t whole, std::span<float> out) const {
  const std::size_t n = size_.count();
  const auto order = tables_->order();
  for (std::size_t i = 0; i < order.size(); ++i) {
    float* const to = out.data() + order[i] * n;
    if (i >= whole || !rung.codes[i].sent()) {
      std::fill_n(to, n, tables_->means()[order[i]]);
      continue;
    }
    const float* const values = rung.codes[i].values.data();
    const std::uint8_t* const symbols = current_->symbols.data() + i * n;
    for (std::size_t k = 0; k < n; ++k) to[k] = values[symbols[k]];
  }
}

Result<DecodedFeatures> FeatureDecoder::decode(std::span<const std::uint8_t> message, Tensor& out) {
  const auto header = codec::get_header(message);
  if (!header) return fail(header.error());
  if (Status s = check(*header); !s) return fail(s.error());
  if (Status s = find_reference(*header); !s) return fail(s.error());
  const auto whole = split(*header, message);
  if (!whole) return fail(whole.error());
  const CodecRung& rung = tables_->rungs()[header->rung];
  if (jobs_.empty() && header->slices > 0) {
    return fail(Code::corrupt, "feature message of frame " + std::to_string(header->frame) +
                                   " is cut short before the end of its first slice");
  }
  size_ = {header->height, header->width};
  const auto reference = header->back > 0 ? std::optional(header->frame - header->back) : std::nullopt;
  current_ = &ring_.take(reference, rung.codes.size(), size_);
  for (std::size_t j = 0; j < jobs_.size(); ++j) {
    jobs_[j].symbols = current_->symbols.data() + places_[j] * size_.count();
  }
  for (codec::SliceJob& job : jobs_) slices_.decode(job, size_);
  if (Status s = find_corrupt(header->frame); !s) return fail(s.error());
  out.resize(DType::f32, Shape{1, header->channels, header->height, header->width});
  dequantise(rung, *whole, out.as<float>());
  DecodedFeatures decoded{header->frame, header->rung, jobs_.size(), *whole == rung.codes.size(), header->back == 0};
  current_->rung = header->rung;
  if (decoded.whole) current_->frame = header->frame;
  return decoded;
}

}  // namespace weir

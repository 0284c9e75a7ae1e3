// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/feature_encoder.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "kernels/codec/message.hpp"

namespace weir {
namespace {

constexpr std::int64_t kMaxSide = 65535;
constexpr std::size_t kMaxPlane = std::size_t{1} << 22U;
constexpr double kSmoothing = 0.125;

}  // namespace

FeatureEncoder::FeatureEncoder(std::shared_ptr<const CodeTables> tables) : tables_(std::move(tables)) {}

Status FeatureEncoder::check(const TensorView& tensor, std::size_t rung, std::uint64_t frame) const {
  const auto channels = static_cast<std::int64_t>(tables_->channels());
  const Shape& s = tensor.shape;
  const bool fits = tensor.dtype == DType::f32 && tensor.data != nullptr && s.rank() == 4 && s[0] == 1 &&
                    s[1] == channels && s[2] >= 1 && s[2] <= kMaxSide && s[3] >= 1 && s[3] <= kMaxSide &&
                    static_cast<std::size_t>(s[2] * s[3]) <= kMaxPlane;
  if (!fits) {
    return {Code::invalid, "tensor " + std::string(to_string(tensor.dtype)) + " " + s.text() +
                               " cannot be coded; the tables are for f32 1x" + std::to_string(channels) + "xHxW"};
  }
  if (rung >= tables_->rungs().size()) {
    return {Code::invalid, "rung " + std::to_string(rung) + " does not exist; the tables have " +
                               std::to_string(tables_->rungs().size())};
  }
  if (last_ && frame <= *last_) {
    return {Code::invalid,
            "frame " + std::to_string(frame) + " after frame " + std::to_string(*last_) + "; number frames upwards"};
  }
  return {};
}

void FeatureEncoder::quantise(const float* values, const CodecRung& rung) {
  const std::size_t n = size_.count();
  for (std::size_t i = 0; i < rung.codes.size(); ++i) {
    const ChannelCode& code = rung.codes[i];
    if (!code.sent()) continue;
    const float* const in = values + tables_->order()[i] * n;
    std::uint8_t* const out = current_->symbols.data() + i * n;
    if (const std::uint8_t* held = reference_.plane(i); held != nullptr && code.reach > 0.5F) {
      codec::quantise_held(in, held, n, code.quantiser(), code.reach, out);
    } else {
      codec::quantise(in, n, code.quantiser(), out);
    }
  }
}

Result<std::span<const std::uint8_t>> FeatureEncoder::encode(const TensorView& tensor, std::size_t rung,
                                                             std::uint64_t frame, bool key) {
  if (Status s = check(tensor, rung, frame); !s) return fail(s.error());
  size_ = {static_cast<int>(tensor.shape[2]), static_cast<int>(tensor.shape[3])};
  const CodecRung& r = tables_->rungs()[rung];
  const codec::SymbolFrame* reference = acknowledged_ && !key ? ring_.find(*acknowledged_) : nullptr;
  const bool usable = reference != nullptr && reference->size.height == size_.height &&
                      reference->size.width == size_.width &&
                      frame - *acknowledged_ <= std::numeric_limits<std::uint32_t>::max();
  if (usable) {
    reference_.prepare(*tables_, *reference, rung);
  } else {
    reference_.clear();
  }
  current_ = &ring_.take(acknowledged_, r.codes.size(), size_);
  quantise(tensor.as<float>().data(), r);

  codec::Header header;
  header.rung = static_cast<std::uint8_t>(rung);
  header.table_id = tables_->id();
  header.model_hash = tables_->model_hash();
  header.frame = frame;
  header.back = usable ? static_cast<std::uint32_t>(frame - *acknowledged_) : 0;
  header.channels = static_cast<std::uint16_t>(tables_->channels());
  header.height = static_cast<std::uint16_t>(size_.height);
  header.width = static_cast<std::uint16_t>(size_.width);
  header.sent = static_cast<std::uint16_t>(
      std::count_if(r.codes.begin(), r.codes.end(), [](const ChannelCode& c) { return c.sent(); }));
  slices_.start(size_, tables_->channels());
  for (std::size_t i = r.codes.size(); i-- > 0;) {
    if (!r.codes[i].sent()) continue;
    slices_.add(r.codes[i], current_->symbols.data() + i * size_.count(), reference_.plane(i));
  }
  message_.reserve(codec::kHeaderBytes + slices_.most_bytes());
  message_.clear();
  codec::put_header(message_, header);
  const auto slices = slices_.finish();
  message_.insert(message_.end(), slices.begin(), slices.end());
  current_->frame = frame;
  current_->rung = rung;
  last_ = frame;
  note_size(rung, !usable);
  return std::span<const std::uint8_t>(message_);
}

bool FeatureEncoder::acknowledge(std::uint64_t frame) {
  if ((acknowledged_ && frame <= *acknowledged_) || ring_.find(frame) == nullptr) return false;
  acknowledged_ = frame;
  return true;
}

void FeatureEncoder::forget() {
  acknowledged_.reset();
  ring_.clear();
}

std::optional<std::uint64_t> FeatureEncoder::reference() const { return acknowledged_; }

void FeatureEncoder::note_size(std::size_t rung, bool key) {
  const auto expected = static_cast<double>(tables_->expected_bytes(rung, size_.height, size_.width, key));
  ratio_ += kSmoothing * (static_cast<double>(message_.size()) / expected - ratio_);
}

std::size_t FeatureEncoder::expected_bytes(std::size_t rung, int height, int width) const {
  const auto calibrated = static_cast<double>(tables_->expected_bytes(rung, height, width, !acknowledged_));
  return static_cast<std::size_t>(calibrated * ratio_);
}

}  // namespace weir

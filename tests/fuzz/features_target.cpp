// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "kernels/codec/byte_io.hpp"
#include "kernels/codec/feature_decoder.hpp"
#include "kernels/codec/feature_encoder.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/kernels/codec/feature_samples.hpp"

namespace weir::fuzz {
namespace {

/// A decoder that holds frame 0, and a header of a message that may refer to it.
struct Side {
  Side() : tables(test::sample_tables()), decoder(tables) {
    const Tensor tensor = test::FeatureStream(4, test::kSampleChannels, test::kSampleHeight, test::kSampleWidth).at(0);
    FeatureEncoder encoder(tables);
    const auto message = encoder.encode(tensor.view(), 1, 0);
    if (!message || !decoder.decode(*message, out)) std::abort();
    header = *codec::get_header(*message);
    header.frame = 1;
  }

  std::shared_ptr<const CodeTables> tables;
  FeatureDecoder decoder;
  codec::Header header;
  Tensor out;
};

/// Makes the check sums of a row of slices right, as far as their lengths lead.
void repair(std::vector<std::uint8_t>& slices) {
  codec::ByteReader in(slices);
  while (in.ok() && in.left() > 2) {
    const std::uint8_t channels = in.u8();
    const std::size_t check = in.position();
    in.u16();
    const std::size_t length = in.varint();
    const auto payload = in.bytes(length);
    if (!in.ok()) break;
    const std::uint16_t sum = codec::slice_check(channels, payload);
    slices[check] = static_cast<std::uint8_t>(sum);
    slices[check + 1] = static_cast<std::uint8_t>(sum >> 8);
  }
}

void decode(Side& side, const std::vector<std::uint8_t>& slices, std::uint8_t choice) {
  side.header.rung = static_cast<std::uint8_t>(choice % side.tables->rungs().size());
  side.header.back = choice >> 7;
  side.header.sent = static_cast<std::uint16_t>(side.tables->rungs()[side.header.rung].codes.size());
  std::vector<std::uint8_t> message;
  codec::put_header(message, side.header);
  message.insert(message.end(), slices.begin(), slices.end());
  const auto decoded = side.decoder.decode(message, side.out);
  if (!decoded) {
    if (decoded.error().text.empty()) std::abort();
    return;
  }
  const auto values = side.out.as<float>();
  const bool finite = std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
  if (!finite || decoded->channels > side.header.sent) std::abort();
}

}  // namespace

void features(std::span<const std::uint8_t> input) {
  static Side side;
  if (input.empty()) return;
  std::vector<std::uint8_t> slices(input.begin() + 1, input.end());
  decode(side, slices, input.front());
  repair(slices);
  decode(side, slices, input.front());
  Tensor out;
  FeatureDecoder(side.tables).decode(input, out).map_error([](const Error& e) {
    if (e.text.empty()) std::abort();
  });
}

void code_tables(std::span<const std::uint8_t> input) {
  std::vector<std::uint8_t> bytes(input.begin(), input.end());
  codec::ByteWriter(bytes).u64(codec::content_hash(input));
  const auto tables = CodeTables::parse(bytes);
  if (tables && (*tables)->bytes().size() > 4 * bytes.size()) std::abort();
}

}  // namespace weir::fuzz

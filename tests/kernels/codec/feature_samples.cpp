// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/codec/feature_samples.hpp"

#include <cstdlib>

#include "kernels/base/random.hpp"
#include "kernels/codec/byte_io.hpp"
#include "kernels/codec/feature_decoder.hpp"
#include "kernels/codec/feature_encoder.hpp"

namespace weir::test {

Tensor FeatureStream::at(int t) const {
  Tensor tensor(DType::f32, shape_);
  auto out = tensor.as<float>();
  const auto height = static_cast<int>(shape_[2]), width = static_cast<int>(shape_[3]);
  std::size_t at = 0;
  for (int c = 0; c < shape_[1]; ++c) {
    Random form(seed_ * 1000 + static_cast<std::uint64_t>(c)),
        noise(seed_ * 77 + static_cast<std::uint64_t>(1000 * c + t));
    const int centre_x = static_cast<int>(form.below(static_cast<std::uint64_t>(width))) + (c % 3 == 0 ? t : 0);
    const int centre_y = static_cast<int>(form.below(static_cast<std::uint64_t>(height)));
    const int slope = static_cast<int>(form.below(9)) - 4, peak = 300 + static_cast<int>(form.below(900));
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x, ++at) {
        const int distance = std::abs(x - centre_x % width) + 2 * std::abs(y - centre_y);
        const int value = peak - 90 * distance + slope * x + static_cast<int>(noise.below(24));
        out[at] = static_cast<float>(value > -70 ? value : -70 + value / 64) * 0x1.0p-8F;
      }
    }
  }
  return tensor;
}

std::uint64_t codec_fingerprint(const std::shared_ptr<const CodeTables>& tables) {
  const FeatureStream stream(7, kSampleChannels, kSampleHeight, kSampleWidth);
  FeatureEncoder encoder(tables);
  FeatureDecoder decoder(tables);
  Tensor decoded;
  std::vector<std::uint8_t> all;
  for (int t = 0; t < 24; ++t) {
    const Tensor tensor = stream.at(t);
    const std::size_t rung = static_cast<std::size_t>(t / 2) % tables->rungs().size();
    const auto message = encoder.encode(tensor.view(), rung, static_cast<std::uint64_t>(t), t == 13);
    if (!message) return 0;
    all.insert(all.end(), message->begin(), message->end());
    if (t % 5 == 3) continue;  // lost
    if (!decoder.decode(*message, decoded)) return 0;
    const auto* bytes = static_cast<const std::uint8_t*>(decoded.data());
    all.insert(all.end(), bytes, bytes + decoded.bytes());
    if (t % 4 != 2) encoder.acknowledge(static_cast<std::uint64_t>(t));
  }
  return codec::content_hash(all);
}

}  // namespace weir::test

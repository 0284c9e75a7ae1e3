// SPDX-License-Identifier: Apache-2.0
#include "bench/codec/speed.hpp"

#include <cstdlib>
#include <ctime>

#include "kernels/base/random.hpp"
#include "kernels/codec/feature_decoder.hpp"
#include "kernels/codec/feature_encoder.hpp"
#include "kernels/codec/pack_bits.hpp"
#include "kernels/codec/quantise.hpp"

namespace weir::bench {
namespace {

double thread_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace

CodecTimes time_codec(const std::shared_ptr<const CodeTables>& tables, std::size_t rung,
                      const std::vector<Tensor>& tensors, int repetitions) {
  FeatureEncoder encoder(tables);
  FeatureDecoder decoder(tables);
  Tensor decoded;
  CodecTimes times;
  std::uint64_t frame = 0;
  for (int r = -1; r < repetitions; ++r) {
    double encode = 0, decode = 0;
    for (const Tensor& tensor : tensors) {
      const double start = thread_seconds();
      const auto message = encoder.encode(tensor.view(), rung, frame);
      const double middle = thread_seconds();
      if (!message || !decoder.decode(*message, decoded)) std::abort();
      encode += middle - start;
      decode += thread_seconds() - middle;
      encoder.acknowledge(frame++);
    }
    if (r < 0) continue;
    const double scale = 1e3 / static_cast<double>(tensors.size());
    times.encode_ms.push_back(encode * scale);
    times.decode_ms.push_back(decode * scale);
    times.both_ms.push_back((encode + decode) * scale);
  }
  return times;
}

std::vector<double> time_packing(int repetitions, int rounds) {
  constexpr std::size_t kValues = 32 * 24 * 80;
  constexpr int kBits = 4;
  std::vector<float> values(kValues);
  Random random(1);
  for (float& v : values) v = static_cast<float>(random.uniform(-0.3, 10));
  std::vector<std::uint8_t> symbols(kValues), packed(codec::packed_bytes(kValues, kBits));
  const codec::Quantiser q{-0.3F, 1.5F, (1 << kBits) - 1};
  std::vector<double> speeds;
  for (int r = -1; r < repetitions; ++r) {
    const double start = thread_seconds();
    for (int i = 0; i < rounds; ++i) {
      codec::quantise(values.data(), kValues, q, symbols.data());
      codec::pack_bits(symbols.data(), kValues, kBits, packed.data());
    }
    const double seconds = thread_seconds() - start;
    if (r >= 0) speeds.push_back(1e-9 * static_cast<double>(kValues * sizeof(float)) * rounds / seconds);
  }
  return speeds;
}

}  // namespace weir::bench

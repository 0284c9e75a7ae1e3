// SPDX-License-Identifier: Apache-2.0
#include "tests/support/switchable_pair.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "elastic/graph_builder.hpp"
#include "elastic/split.hpp"
#include "elastic/switchable/chain.hpp"

namespace weir::test {
namespace {

/// A convolution of one pixel that leaves its input as it is, for the operator sets of `like`.
OnnxModel finish_identity(GraphBuilder& graph, const std::string& from, const std::string& to, int channels,
                          const OnnxModel& like) {
  const std::array outputs{graph.conv(to, from, channels, {.kernel = 1})};
  OnnxModel model = graph.finish(outputs);
  std::vector<float> weights(static_cast<std::size_t>(channels) * static_cast<std::size_t>(channels));
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
    weights[c * static_cast<std::size_t>(channels) + c] = 1;
  }
  OnnxTensor& tensor = model.initialisers.front();
  tensor = make_tensor<float>(tensor.name, tensor.shape, weights);
  model.opsets = like.opsets;
  return model;
}

template <typename T>
T must(Result<T> result) {
  if (!result) std::abort();
  return std::move(*result);
}

}  // namespace

SwitchableSetups drawn_setups(int channels) {
  SwitchableSetups setups;
  setups.channels = channels;
  const auto add = [&](int sent, int bits, float step, float scale, float bias) {
    const auto n = static_cast<std::size_t>(channels);
    setups.setups.push_back({std::to_string(sent) + "x" + std::to_string(bits), sent, bits, 0,
                             std::vector<float>(n, step), std::vector<float>(n, scale), std::vector<float>(n, bias)});
  };
  add(channels, 8, 0.05F, 1, 0);
  add(channels, 5, 0.4F, 1.02F, 0.01F);
  add(channels * 3 / 4, 5, 0.4F, 1.1F, 0.05F);
  add(channels / 2, 3, 0.9F, 1.2F, 0.1F);
  return setups;
}

void write_switchable_pair(const std::string& model, const std::string& seam, const std::string& prefix) {
  const OnnxModel whole = must(load_onnx(model));
  SplitModel pieces = must(split_model(whole, {seam}));
  const int channels = static_cast<int>(pieces.head.outputs[0].shape[1]);

  GraphBuilder encoder("encoder", 1);
  encoder.input(seam, {1, channels, -1, -1});
  const OnnxModel front = finish_identity(encoder, seam, kBottleneck, channels, pieces.head);

  GraphBuilder decoder("decoder", 1);
  decoder.input(kBottleneck, {1, channels, -1, -1});
  decoder.input(kSetupScale, {1, channels, 1, 1});
  decoder.input(kSetupBias, {1, channels, 1, 1});
  decoder.multiply("scaled", kBottleneck, kSetupScale);
  decoder.add("shifted", "scaled", kSetupBias);
  const OnnxModel back = finish_identity(decoder, "shifted", seam, channels, pieces.head);

  SwitchableSetups setups = drawn_setups(channels);
  setups.seam = seam;
  setups.network = sha256_hex(encode_onnx(whole));
  const bool written = save_onnx(must(chain(pieces.head, front)), prefix + "_head.onnx") &&
                       save_onnx(must(chain(back, pieces.tail)), prefix + "_tail.onnx") &&
                       save_setups(setups, prefix + "_setups.json");
  if (!written) std::abort();
}

}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/switchable_pair.hpp"

#include <cstdint>
#include <string>

#include "elastic/shape_inference.hpp"
#include "elastic/switchable/pair.hpp"

namespace weir {
namespace {

Error with_advice(const Error& error, const SplitSettings& settings) {
  return {error.code,
          "switchable " + settings.switchable + ": " + error.text +
              "; `train-switchable` writes NAME_setups.json together with NAME_head.onnx and NAME_tail.onnx, or with "
              "NAME.encoder.onnx and NAME.decoder.onnx; `switchable` is their path up to NAME"};
}

/// Whether the settings name the seam of the pair, or none.
Status check_seam(const SplitSettings& settings, const SwitchableSetups& setups) {
  if (settings.seam.empty() || settings.seam == std::vector<std::string>{setups.seam}) return {};
  return {Code::invalid, "seam is \"" + settings.seam.front() + "\", but switchable " + settings.switchable +
                             " was made for \"" + setups.seam + "\"; leave `seam` out"};
}

/// Whether head and tail take and give what the setups need.
Status check_pieces(const SplitModel& pieces, const std::vector<Shape>& bottlenecks, const SwitchableSetups& setups) {
  const bool gives = bottlenecks.size() == 1 && pieces.head.outputs[0].name == kBottleneck &&
                     bottlenecks[0].rank() == 4 && bottlenecks[0][1] == setups.channels;
  if (!gives) {
    return {Code::invalid,
            "the head gives " +
                (bottlenecks.empty() ? "nothing" : pieces.head.outputs[0].name + " " + bottlenecks[0].text()) +
                ", and the setups are for " + kBottleneck + " 1x" + std::to_string(setups.channels) + "xHxW"};
  }
  const auto vector = static_cast<std::int64_t>(setups.setups.front().scale.size());
  const auto& inputs = pieces.tail.inputs;
  const auto takes = [&](std::size_t i, const char* name, std::int64_t channels) {
    return inputs[i].name == name && inputs[i].shape.rank() == 4 && inputs[i].shape[1] == channels;
  };
  if (inputs.size() == 3 && takes(0, kBottleneck, setups.channels) && takes(1, kSetupScale, vector) &&
      takes(2, kSetupBias, vector)) {
    return {};
  }
  return {Code::invalid, "the tail does not take " + std::string(kBottleneck) + " of " +
                             std::to_string(setups.channels) + " channels, " + kSetupScale + " and " + kSetupBias +
                             " of " + std::to_string(vector) + ", as the setups give them"};
}

}  // namespace

Status use_switchable_pair(const SplitSettings& settings, const OnnxModel& network, SplitDetector& split) {
  auto pair = load_switchable_pair(settings.switchable, network);
  if (!pair) return with_advice(pair.error(), settings);
  if (Status status = check_seam(settings, pair->setups); !status) return status;
  split.pieces = {std::move(pair->head), std::move(pair->tail)};
  const auto types = infer_shapes(split.pieces.head, {{1, 3, split.options.height, split.options.width}});
  if (!types) return with_advice(types.error(), settings);
  for (const OnnxValue& tensor : split.pieces.head.outputs) split.seam_shapes.push_back(types->at(tensor.name).shape);
  if (Status status = check_pieces(split.pieces, split.seam_shapes, pair->setups); !status) {
    return with_advice(status.error(), settings);
  }
  split.pieces_key = sha256_hex(encode_onnx(split.pieces.head)) + sha256_hex(encode_onnx(split.pieces.tail)) +
                     sha256_hex(format_setups(pair->setups));
  split.setups = std::move(pair->setups);
  return {};
}

}  // namespace weir

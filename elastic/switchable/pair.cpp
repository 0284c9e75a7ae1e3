// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/pair.hpp"

#include <filesystem>

#include "elastic/split.hpp"
#include "elastic/switchable/chain.hpp"

namespace weir {
namespace {

constexpr std::size_t kShownDigits = 12;

Status check_origin(const SwitchableSetups& setups, const OnnxModel& network) {
  const std::string here = sha256_hex(encode_onnx(network));
  if (setups.network == here) return {};
  return {Code::invalid, "made of another network (SHA-256 " + setups.network.substr(0, kShownDigits) + "..., here " +
                             here.substr(0, kShownDigits) +
                             "...); give the one that train-switchable had as --network"};
}

Result<SwitchablePair> put_together(const std::string& prefix, const OnnxModel& network, SwitchableSetups setups) {
  const auto encoder = load_onnx(prefix + ".encoder.onnx");
  if (!encoder) return fail(encoder.error());
  const auto decoder = load_onnx(prefix + ".decoder.onnx");
  if (!decoder) return fail(decoder.error());
  const auto split = split_model(network, {setups.seam});
  if (!split) return fail(split.error());
  auto head = chain(split->head, *encoder);
  if (!head) return fail(head.error());
  auto tail = chain(*decoder, split->tail);
  if (!tail) return fail(tail.error());
  tail->name = split->tail.name;
  tail->metadata = split->tail.metadata;
  tail->ir_version = split->tail.ir_version;
  return SwitchablePair{std::move(*head), std::move(*tail), std::move(setups)};
}

}  // namespace

Result<SwitchablePair> load_switchable_pair(const std::string& prefix, const OnnxModel& network) {
  auto setups = load_setups(prefix + "_setups.json");
  if (!setups) return fail(setups.error());
  if (Status status = check_origin(*setups, network); !status) return fail(status.error());
  const std::string head_file = prefix + "_head.onnx";
  if (!std::filesystem::exists(head_file) && std::filesystem::exists(prefix + ".encoder.onnx")) {
    return put_together(prefix, network, std::move(*setups));
  }
  auto head = load_onnx(head_file);
  if (!head) return fail(head.error());
  auto tail = load_onnx(prefix + "_tail.onnx");
  if (!tail) return fail(tail.error());
  return SwitchablePair{std::move(*head), std::move(*tail), std::move(*setups)};
}

}  // namespace weir

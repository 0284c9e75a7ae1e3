// SPDX-License-Identifier: Apache-2.0
#include "bench/switchable/subject.hpp"

#include <filesystem>

#include "elastic/onnx_model.hpp"
#include "elastic/split.hpp"
#include "elastic/switchable/chain.hpp"

namespace weir::bench {
namespace {

constexpr int kCocoCar = 2;

Result<OnnxModel> load_part(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    return fail(Code::unavailable, path.filename().string() + " is absent; docs/training.md tells how it is made");
  }
  return load_onnx(path);
}

}  // namespace

Result<Subject> load_subject(const std::string& name, const std::string& network_file) {
  if (network_file.empty()) return fail(Code::unavailable, "the network of " + name + " is absent; set WEIR_DATA");
  const std::filesystem::path folder = std::filesystem::path(WEIR_SOURCE_DIR) / "models" / "switchable";
  const auto encoder = load_part(folder / (name + ".encoder.onnx"));
  if (!encoder) return fail(encoder.error());
  const auto decoder = load_part(folder / (name + ".decoder.onnx"));
  if (!decoder) return fail(decoder.error());
  auto setups = load_setups(folder / (name + "_setups.json"));
  if (!setups) return fail(setups.error());
  const auto network = load_part(network_file);
  if (!network) return fail(network.error());
  if (sha256_hex(encode_onnx(*network)) != setups->network) {
    return fail(Code::invalid, "the bottleneck " + name + " was trained for another network than " + network_file);
  }
  const auto split = split_model(*network, {setups->seam});
  if (!split) return fail(split.error());
  const auto head = chain(split->head, *encoder);
  if (!head) return fail(head.error());
  const auto tail = chain(*decoder, split->tail);
  if (!tail) return fail(tail.error());
  std::vector<TensorInfo> outputs;
  for (const OnnxValue& output : network->outputs) outputs.push_back({output.name, output.dtype, output.shape});
  const OutputKind kind = output_kind(outputs);
  return Subject{name,
                 encode_onnx(*network),
                 encode_onnx(*head),
                 encode_onnx(*tail),
                 std::move(*setups),
                 kind,
                 kind == OutputKind::yolox ? kCocoCar : 0};
}

}  // namespace weir::bench

// SPDX-License-Identifier: Apache-2.0
#include "bench/switchable/subject.hpp"

#include "elastic/onnx_model.hpp"
#include "elastic/switchable/pair.hpp"

namespace weir::bench {
namespace {

constexpr int kCocoCar = 2;

}  // namespace

Result<Subject> load_subject(const std::string& name, const std::string& network_file) {
  if (network_file.empty()) return fail(Code::unavailable, "the network of " + name + " is absent; set WEIR_DATA");
  const auto network = load_onnx(network_file);
  if (!network) return fail(network.error());
  auto pair = load_switchable_pair(std::string(WEIR_SOURCE_DIR) + "/models/switchable/" + name, *network);
  if (!pair && pair.error().code == Code::not_found) {
    return fail(Code::unavailable, pair.error().text + "; docs/training.md tells how it is made");
  }
  if (!pair) return fail(pair.error());
  std::vector<TensorInfo> outputs;
  for (const OnnxValue& output : network->outputs) outputs.push_back({output.name, output.dtype, output.shape});
  const OutputKind kind = output_kind(outputs);
  return Subject{name,
                 encode_onnx(*network),
                 encode_onnx(pair->head),
                 encode_onnx(pair->tail),
                 std::move(pair->setups),
                 kind,
                 kind == OutputKind::yolox ? kCocoCar : 0};
}

}  // namespace weir::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"
#include "tests/elastic/run_model.hpp"
#include "train/common/graph/onnx_net.hpp"

namespace weir::train::test {

using Integers = std::vector<std::int64_t>;
using Attributes = std::map<std::string, OnnxAttribute>;

inline OnnxTensor integers(const std::string& name, const Integers& values) {
  return make_tensor<std::int64_t>(name, {static_cast<std::int64_t>(values.size())}, values);
}
inline OnnxTensor floats(const std::string& name, const std::vector<float>& values) {
  return make_tensor<float>(name, {static_cast<std::int64_t>(values.size())}, values);
}
inline OnnxTensor scalar(const std::string& name, float value) {
  return make_tensor<float>(name, {}, std::vector<float>{value});
}
/// An optional input that is left out.
inline OnnxTensor left_out() { return {}; }

/// One node on random inputs.
struct OperatorCase {
  std::string op;
  std::vector<Shape> inputs;
  std::vector<OnnxTensor> constants{};  ///< further inputs of the node, behind those
  Attributes attributes{};
  std::int64_t opset = 11;
  int outputs = 1;
  float low = -2, high = 2;
  bool opencv = true;  ///< false where that engine is known to compute something else

  OnnxModel model() const;
};

inline OnnxModel OperatorCase::model() const {
  OnnxModel model;
  model.name = op;
  model.opsets[""] = opset;
  model.ir_version = 8;
  OnnxNode node{"tested", op, "", {}, {}, attributes};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    node.inputs.push_back("x" + std::to_string(i));
    model.inputs.push_back({node.inputs.back(), DType::f32, inputs[i]});
  }
  for (const OnnxTensor& constant : constants) {
    node.inputs.push_back(constant.name);
    if (!constant.name.empty()) model.initialisers.push_back(constant);
  }
  if (op == "Conv" || op == "ConvTranspose") {  // OpenCV does not derive it from the weight
    node.attributes["kernel_shape"] = Integers{constants[0].shape[2], constants[0].shape[3]};
  }
  for (int i = 0; i < outputs; ++i) {
    node.outputs.push_back("y" + std::to_string(i));
    model.outputs.push_back({node.outputs.back(), DType::f32, {}});
  }
  model.nodes.push_back(std::move(node));
  return model;
}

/// What libtorch computes with a model, in evaluation mode.
inline Result<std::vector<weir::test::Values>> run_torch(const OnnxModel& model,
                                                         const std::vector<weir::test::Values>& inputs) {
  auto net = OnnxNet::create(model);
  if (!net) return fail(net.error());
  std::vector<torch::Tensor> tensors;
  for (const auto& input : inputs) {
    const std::vector<std::int64_t> sizes(input.shape.begin(), input.shape.end());
    tensors.push_back(torch::tensor(input.data).reshape(sizes));
  }
  const torch::NoGradGuard no_grad;
  auto outputs = net->forward(tensors);
  if (!outputs) return fail(outputs.error());
  std::vector<weir::test::Values> results;
  for (const torch::Tensor& output : *outputs) {
    const torch::Tensor dense = output.to(torch::kFloat).contiguous();
    results.push_back({Shape(std::span(dense.sizes().data(), dense.sizes().size())),
                       {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()}});
  }
  return results;
}

/// Compares libtorch with one engine; false when the engine does not run the model.
inline bool compare(const OnnxModel& model, const std::vector<weir::test::Values>& inputs, const std::string& backend,
                    double tolerance) {
  const auto want = weir::test::run_model(model, backend, inputs);
  if (!want) {
    EXPECT_NE(backend, "openvino") << want.error().text;
    return false;
  }
  const auto got = run_torch(model, inputs);
  if (!got) {
    ADD_FAILURE() << got.error().text;
    return false;
  }
  EXPECT_EQ(got->size(), want->size());
  for (std::size_t i = 0; i < std::min(got->size(), want->size()); ++i) {
    // OpenCV gives vectors as one row or column.
    if (backend == "openvino") {
      EXPECT_EQ((*got)[i].shape, (*want)[i].shape) << "output " << i;
    }
    EXPECT_LE(weir::test::relative_difference((*got)[i], (*want)[i]), tolerance) << backend << ", output " << i;
  }
  return true;
}

/// Compares every case with OpenVINO, and with OpenCV where that runs it; gives how many OpenCV ran.
inline int compare_all(const std::vector<OperatorCase>& cases) {
  int by_opencv = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const OperatorCase& tested = cases[i];
    SCOPED_TRACE("case " + std::to_string(i) + ", " + tested.op);
    std::vector<weir::test::Values> inputs;
    for (std::size_t k = 0; k < tested.inputs.size(); ++k) {
      inputs.push_back(weir::test::random_values(tested.inputs[k], 100 * i + k, tested.low, tested.high));
    }
    compare(tested.model(), inputs, "openvino", 1e-4);
    if (tested.opencv) by_opencv += compare(tested.model(), inputs, "opencv", 1e-4) ? 1 : 0;
  }
  return by_opencv;
}

}  // namespace weir::train::test

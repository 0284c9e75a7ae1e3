// SPDX-License-Identifier: Apache-2.0
#include "train/detector/mimic.hpp"

#include <string>

#include "elastic/graph_builder.hpp"
#include "train/detector/net.hpp"

namespace weir::train {
namespace {

constexpr double kEverywhere = 0.05;  // weight of cells that the teacher sees nothing in

torch::Tensor difference(const torch::Tensor& adapted, const torch::Tensor& teacher, const torch::Tensor& weight) {
  const torch::Tensor mean = teacher.mean({0, 2, 3}, true);
  const torch::Tensor deviation = teacher.std({0, 2, 3}, true, true) + 1e-3;
  const torch::Tensor gap = adapted.to(torch::kFloat) - (teacher - mean) / deviation;
  return (gap * gap).mean(1, true).mul(weight).sum() / weight.sum();
}

}  // namespace

OnnxModel build_adapters(int student_channels, int teacher_channels, std::uint64_t seed) {
  GraphBuilder graph("adapters", seed);
  std::vector<std::string> outputs(6);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string stride = std::to_string(kDetectorStrides[i]);
    const std::string x = graph.input("neck_" + stride, {-1, student_channels, -1, -1});
    outputs[i] = graph.conv("score_" + stride, x, teacher_channels, {.kernel = 1, .bias = true});
    outputs[i + 3] = graph.conv("box_" + stride, x, teacher_channels, {.kernel = 1, .bias = true});
  }
  return graph.finish(outputs);
}

torch::Tensor mimic_loss(const std::vector<torch::Tensor>& adapted, const TeacherFeatures& teacher) {
  torch::Tensor sum = torch::zeros({});
  for (std::size_t i = 0; i < 3; ++i) {
    const torch::Tensor weight = teacher.objectness[i] + kEverywhere;
    sum = sum + difference(adapted[i], teacher.score[i], weight) + difference(adapted[i + 3], teacher.box[i], weight);
  }
  return sum / 6;
}

}  // namespace weir::train

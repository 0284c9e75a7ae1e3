// SPDX-License-Identifier: Apache-2.0
#include "tests/train/graph/operator_case.hpp"

namespace weir::train {
namespace {

using test::compare_all, test::Integers, test::OperatorCase;
using weir::test::random_tensor;

OnnxTensor w(const Shape& shape) { return random_tensor("w", shape); }
OnnxTensor b(std::int64_t count) { return random_tensor("b", {count}); }

std::vector<OnnxTensor> norm(std::int64_t channels) {
  return {random_tensor("scale", {channels}), random_tensor("shift", {channels}), random_tensor("mean", {channels}),
          random_tensor("var", {channels}, 0.3F, 2)};
}

TEST(GraphLayers, Convolutions) {
  const Shape x{1, 4, 9, 12};
  const Integers ones{1, 1}, twos{2, 2};
  EXPECT_GE(compare_all({
                {"Conv", {x}, {w({6, 4, 3, 3}), b(6)}, {{"pads", Integers{1, 1, 1, 1}}}},
                {"Conv", {x}, {w({6, 4, 1, 1})}, {}},
                {"Conv", {x}, {w({6, 4, 3, 3})}, {{"strides", twos}, {"pads", Integers{1, 1, 1, 1}}}},
                {"Conv", {x}, {w({6, 4, 3, 3})}, {{"strides", Integers{2, 1}}, {"pads", Integers{1, 0, 1, 0}}}},
                {"Conv", {x}, {w({6, 4, 3, 3}), b(6)}, {{"dilations", twos}, {"pads", Integers{2, 2, 2, 2}}}},
                {"Conv", {x}, {w({6, 2, 3, 3}), b(6)}, {{"group", std::int64_t{2}}}},
                {"Conv", {x}, {w({4, 1, 5, 5})}, {{"group", std::int64_t{4}}, {"pads", Integers{2, 2, 2, 2}}}},
                {"Conv", {x}, {w({8, 1, 3, 3})}, {{"group", std::int64_t{4}}, {"pads", Integers{1, 1, 1, 1}}}},
                {"Conv", {x}, {w({6, 4, 3, 3})}, {{"strides", twos}, {"pads", Integers{0, 1, 2, 1}}}},
                {"Conv", {x}, {w({6, 4, 1, 3})}, {{"pads", Integers{0, 1, 0, 1}}}},
                {"Conv", {x}, {w({6, 4, 3, 3})}, {{"auto_pad", std::string("VALID")}}},
            }),
            10);
  const auto transposed = [&](OnnxTensor weight, test::Attributes attributes) {
    const std::int64_t groups = attributes.contains("group") ? 2 : 1;
    const std::int64_t out = weight.shape[1] * groups;
    OperatorCase made{"ConvTranspose", {x}, {std::move(weight), b(out)}, std::move(attributes)};
    made.opencv = false;  // OpenCV 4.6 does not compute all of them as ONNX says
    return made;
  };
  compare_all({
      transposed(w({4, 6, 4, 4}), {{"strides", twos}, {"pads", Integers{1, 1, 1, 1}}}),
      transposed(w({4, 6, 2, 2}), {{"strides", twos}}),
      transposed(w({4, 6, 3, 3}), {{"pads", Integers{0, 1, 0, 1}}}),
      transposed(w({4, 6, 3, 3}), {{"strides", twos}, {"pads", Integers{1, 1, 1, 1}}, {"output_padding", ones}}),
      transposed(w({4, 3, 3, 3}), {{"strides", twos}, {"group", std::int64_t{2}}}),
      transposed(w({4, 6, 3, 3}), {{"dilations", twos}}),
  });
}

TEST(GraphLayers, NormsAndLinear) {
  EXPECT_GE(compare_all({
                {"BatchNormalization", {{2, 5, 6, 4}}, norm(5), {{"epsilon", 0.01F}}},
                {"BatchNormalization", {{1, 5, 6, 4}}, norm(5)},
                {"Dropout", {{1, 3, 4, 4}}, {}, {{"ratio", 0.4F}}},
                {"Gemm", {{2, 6}}, {w({4, 6}), b(4)}, {{"transB", std::int64_t{1}}}},
            }),
            3);
  compare_all({
      {"Gemm", {{2, 6}}, {w({6, 4})}},
      {"LayerNormalization", {{2, 3, 8}}, {w({8}), b(8)}, {}, 17},
      {"LayerNormalization",
       {{2, 3, 8}},
       {w({3, 8}), random_tensor("b", {3, 8})},
       {{"axis", std::int64_t{1}}, {"epsilon", 1e-2F}},
       17},
      {"Gemm", {{6, 6}}, {w({6, 4}), b(4)}, {{"transA", std::int64_t{1}}, {"alpha", 0.5F}, {"beta", 2.0F}}},
  });
}

TEST(GraphLayers, Pools) {
  const Shape x{1, 3, 9, 12};
  const Integers threes{3, 3}, twos{2, 2};
  const std::int64_t yes = 1;
  EXPECT_GE(compare_all({
                {"MaxPool", {x}, {}, {{"kernel_shape", twos}, {"strides", twos}}},
                {"MaxPool", {x}, {}, {{"kernel_shape", threes}, {"strides", twos}, {"pads", Integers{1, 1, 1, 1}}}},
                {"MaxPool", {x}, {}, {{"kernel_shape", twos}, {"strides", twos}, {"ceil_mode", yes}}},
                {"AveragePool", {x}, {}, {{"kernel_shape", threes}, {"strides", twos}}},
                {"AveragePool", {x}, {}, {{"kernel_shape", threes}, {"pads", Integers{1, 1, 1, 1}}}},
                {"GlobalAveragePool", {x}},
                {"GlobalMaxPool", {x}},
            }),
            7);
  // All values below zero, so that padding must not count as a zero.
  OperatorCase below{"MaxPool", {x}, {}, {{"kernel_shape", threes}, {"strides", twos}, {"pads", Integers{0, 0, 1, 1}}}};
  below.low = -3, below.high = -1;
  OperatorCase counted{
      "AveragePool",
      {x},
      {},
      {{"kernel_shape", threes}, {"pads", Integers{1, 1, 1, 1}}, {"strides", twos}, {"count_include_pad", yes}}};
  counted.opencv = false;  // never counts the padding
  compare_all({below, counted});
  // Wide pools without a stride are taken apart.
  const Integers fives{5, 5};
  OperatorCase wide{"MaxPool", {x}, {}, {{"kernel_shape", fives}, {"pads", Integers{2, 2, 2, 2}}}};
  wide.low = -3, wide.high = -1;
  OperatorCase bare{"MaxPool", {x}, {}, {{"kernel_shape", Integers{3, 2}}}};
  EXPECT_EQ(compare_all({wide, bare}), 2);
  OperatorCase dilated{"MaxPool", {x}, {}, {{"kernel_shape", threes}, {"dilations", twos}}};
  dilated.opencv = false;  // ignores dilations
  compare_all({dilated});
}

}  // namespace
}  // namespace weir::train

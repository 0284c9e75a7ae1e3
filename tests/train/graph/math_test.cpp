// SPDX-License-Identifier: Apache-2.0
#include "tests/train/graph/operator_case.hpp"

namespace weir::train {
namespace {

using test::compare_all, test::Integers, test::OperatorCase;
using weir::test::random_tensor;

TEST(GraphMath, FunctionsOfOneValue) {
  std::vector<OperatorCase> cases;
  for (const char* op : {"Relu", "Sigmoid", "Tanh", "Softplus", "Exp", "Erf", "Neg", "Abs", "Floor", "Ceil", "Identity",
                         "LeakyRelu", "Elu", "HardSigmoid"}) {
    cases.push_back({op, {{1, 3, 4, 5}}});
    cases.back().low = -4, cases.back().high = 4;
  }
  for (const char* op : {"Log", "Sqrt", "Reciprocal"}) {
    cases.push_back({op, {{1, 3, 4, 5}}});
    cases.back().low = 0.2F;
  }
  cases.push_back({"LeakyRelu", {{1, 3, 4, 5}}, {}, {{"alpha", 0.3F}}});
  cases.push_back({"Elu", {{1, 3, 4, 5}}, {}, {{"alpha", 0.6F}}});
  cases.push_back({"HardSigmoid", {{1, 3, 4, 5}}, {}, {{"alpha", 0.4F}, {"beta", 0.3F}}});
  EXPECT_GE(compare_all(cases), 12);
  compare_all({{.op = "HardSwish", .inputs = {{1, 3, 4, 5}}, .opset = 14, .low = -5, .high = 5},
               {.op = "Mish", .inputs = {{1, 3, 4, 5}}, .opset = 18}});
}

TEST(GraphMath, Clips) {
  EXPECT_GE(compare_all({
                {"Clip", {{1, 3, 4, 5}}, {}, {{"min", -0.5F}, {"max", 1.0F}}, 6},
                {"Clip", {{1, 3, 4, 5}}, {}, {{"min", 0.0F}}, 6},
                {"Clip", {{1, 3, 4, 5}}, {test::scalar("low", -0.5F), test::scalar("high", 1)}},
                {"Clip", {{1, 3, 4, 5}}, {test::scalar("low", 0)}},
                {"Clip", {{1, 3, 4, 5}}, {test::left_out(), test::scalar("high", 0.7F)}},
            }),
            2);
}

TEST(GraphMath, FunctionsOfTwoValues) {
  const Shape x{1, 3, 4, 5};
  std::vector<OperatorCase> cases;
  for (const char* op : {"Add", "Sub", "Mul", "Div"}) {
    cases.push_back({op, {x, x}});
    cases.back().low = 0.5F;
    cases.push_back({op, {x}, {random_tensor("c", {1, 3, 1, 1}, 0.5F, 1.5F)}});
    cases.push_back({op, {x}, {test::scalar("c", 1.7F)}});
  }
  cases.push_back({"PRelu", {x}, {random_tensor("slope", {3, 1, 1})}});
  EXPECT_GE(compare_all(cases), 10);
  OperatorCase power{"Pow", {x}, {test::scalar("c", 1.5F)}};
  power.low = 0.1F;
  compare_all({power,
               {"PRelu", {x}, {random_tensor("slope", {1})}},
               {"MatMul", {{2, 6}}, {random_tensor("m", {6, 4})}},
               {"MatMul", {{1, 3, 2, 6}, {1, 3, 6, 4}}},
               {"MatMul", {{2, 5, 6}}, {random_tensor("m", {6, 4})}}});
}

TEST(GraphMath, SoftmaxChangedItsMeaningAtOpset13) {
  const Shape x{2, 3, 4, 5};
  const auto axis = [](std::int64_t at) { return test::Attributes{{"axis", at}}; };
  std::vector<OperatorCase> cases;
  for (const char* op : {"Softmax", "LogSoftmax"}) {
    cases.push_back({op, {x}, {}, axis(1), 10});
    cases.push_back({op, {x}, {}, {}, 10});
    cases.push_back({op, {x}, {}, {}, 13});
    // OpenCV normalises one axis, the second unless told otherwise, whatever the opset.
    for (std::size_t i = cases.size() - 3; i < cases.size(); ++i) cases[i].opencv = false;
    cases.push_back({op, {x}, {}, axis(-1), 11});
    cases.push_back({op, {x}, {}, axis(1), 13});
  }
  compare_all(cases);
}

TEST(GraphMath, Reductions) {
  const Shape x{1, 3, 4, 5};
  std::vector<OperatorCase> cases;
  for (const char* op : {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin"}) {
    cases.push_back({op, {x}, {}, {{"axes", Integers{2, 3}}, {"keepdims", std::int64_t{1}}}});
    cases.push_back({op, {x}, {}, {{"axes", Integers{-1}}, {"keepdims", std::int64_t{0}}}});
    cases.push_back({op, {x}, {}, {{"axes", Integers{1}}}});
  }
  cases.push_back({"ReduceSum", {x}, {test::integers("axes", {1, 3})}, {}, 13});
  EXPECT_GE(compare_all(cases), 1);
}

}  // namespace
}  // namespace weir::train

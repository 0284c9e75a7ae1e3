// SPDX-License-Identifier: Apache-2.0
#include "train/common/graph/onnx_net.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <tuple>

#include "elastic/graph_builder.hpp"
#include "elastic/half_weights.hpp"
#include "tests/train/graph/operator_case.hpp"

namespace weir::train {
namespace {

using testing::AllOf, testing::HasSubstr, testing::UnorderedElementsAre;
using weir::test::random_values, weir::test::relative_difference;

OnnxModel small_net() {
  GraphBuilder g("net", 1);
  std::string x = g.input("x", {-1, 3, -1, -1});
  x = g.relu("a.relu", g.batch_norm("a.norm", g.conv("a", x, 8, {.stride = 2})));
  x = g.add("sum", g.conv("b", x, 8, {.bias = true}), x);
  OnnxModel model = g.finish(std::vector{g.linear("y", g.global_average("mean", g.upsample("up", x)), 5)});
  weir::test::randomise_norms(model, 2);
  return model;
}

std::vector<std::string> names_of(const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  return names;
}

OnnxNet net_of(OnnxModel model) {
  auto net = OnnxNet::create(std::move(model));
  if (!net) throw std::runtime_error(net.error().text);
  return std::move(*net);
}

TEST(OnnxNet, FusesSiluAndStillTellsItsSigmoid) {
  GraphBuilder g("silu", 1);
  const std::string x = g.input("x", {-1, 3, -1, -1});
  const std::string gate = g.sigmoid("gate", x);
  OnnxNet net = net_of(g.finish(std::vector{g.add("y", g.multiply("silu", x, gate), x)}));
  const auto in = torch::randn({2, 3, 4, 5}).set_requires_grad(true);
  const auto found = net.forward({in}, {"y", gate});
  ASSERT_TRUE(found) << found.error().text;
  const auto expected = in * torch::sigmoid(in) + in;
  EXPECT_LT(((*found)[0] - expected).abs().max().item<float>(), 1e-6);
  EXPECT_LT(((*found)[1] - torch::sigmoid(in)).abs().max().item<float>(), 1e-6);
  const auto gradient = torch::autograd::grad({(*found)[0].square().sum()}, {in})[0];
  EXPECT_LT((gradient - torch::autograd::grad({expected.square().sum()}, {in})[0]).abs().max().item<float>(), 1e-5);
}

TEST(OnnxNet, TellsWhatIsTrained) {
  const OnnxNet net = net_of(small_net());
  EXPECT_THAT(names_of(net.parameters()), UnorderedElementsAre("a.weight", "a.norm.scale", "a.norm.bias", "b.weight",
                                                               "b.bias", "y.weight", "y.bias"));
  EXPECT_THAT(names_of(net.buffers()), UnorderedElementsAre("a.norm.mean", "a.norm.var"));
  for (const auto& [name, tensor] : net.parameters()) EXPECT_TRUE(tensor.requires_grad()) << name;
}

TEST(OnnxNet, ChangedParametersGoIntoTheFileAndBack) {
  OnnxNet net = net_of(small_net());
  net.train(true);
  const auto x = torch::rand({4, 3, 12, 10});
  auto outputs = net.forward({x});
  ASSERT_TRUE(outputs) << outputs.error().text;
  (*outputs)[0].pow(2).sum().backward();
  {
    const torch::NoGradGuard no_grad;
    for (const auto& [name, parameter] : net.parameters()) {
      ASSERT_TRUE(parameter.grad().defined()) << name;
      EXPECT_GT(parameter.grad().abs().max().item<float>(), 0) << name;
      parameter.sub_(parameter.grad(), 1e-3);
    }
  }
  net.train(false);
  const OnnxModel written = net.to_onnx();
  const OnnxModel before = small_net();
  EXPECT_NE(*written.find_initialiser("a.norm.mean"), *before.find_initialiser("a.norm.mean")) << "running mean";
  EXPECT_EQ(*written.find_initialiser("up.scales"), *before.find_initialiser("up.scales"));
  const auto values = random_values({2, 3, 12, 10}, 4);
  const auto again = test::run_torch(written, {values}), old = test::run_torch(before, {values});
  const torch::NoGradGuard no_grad;
  const auto now = net.forward({torch::tensor(values.data).reshape({2, 3, 12, 10})});
  ASSERT_TRUE(again && old && now);
  const weir::test::Values direct{{2, 5}, {(*now)[0].data_ptr<float>(), (*now)[0].data_ptr<float>() + 10}};
  EXPECT_EQ((*again)[0].data, direct.data);
  EXPECT_GT(relative_difference((*old)[0], direct), 1e-4);
  test::compare(written, {values}, "openvino", 1e-4);
  // Batches: OpenCV runs one image at a time and repeats with the same result.
  EXPECT_TRUE(test::compare(written, {values}, "opencv", 1e-4));
}

TEST(OnnxNet, AnyValueCanBeAskedFor) {
  OnnxNet net = net_of(small_net());
  const auto got = net.forward({torch::rand({1, 3, 8, 8})}, {"sum", "a.relu", "a.weight"});
  ASSERT_TRUE(got) << got.error().text;
  EXPECT_EQ((*got)[0].sizes(), (torch::IntArrayRef{1, 8, 4, 4}));
  EXPECT_GE((*got)[1].min().item<float>(), 0);
  EXPECT_EQ((*got)[2].sizes(), (torch::IntArrayRef{8, 3, 3, 3}));
  const auto none = net.forward({torch::rand({1, 3, 8, 8})}, {"nowhere"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::not_found);
  EXPECT_THAT(none.error().text, HasSubstr("\"nowhere\""));
}

// A node that reads one value twice must find it twice.
TEST(OnnxNet, ANodeMayReadAValueTwice) {
  GraphBuilder g("twice", 1);
  const std::string x = g.input("x", {1, 2, -1, -1});
  const OnnxModel model = g.finish(std::vector{g.add("y", g.relu("r", x), "r")});
  const auto values = random_values({1, 2, 3, 3}, 1);
  test::compare(model, {values}, "openvino", 1e-6);
}

TEST(OnnxNet, StoredHalfWeightsAreTrained) {
  OnnxModel model = small_net();
  store_half(model);
  const OnnxNet net = net_of(model);
  EXPECT_EQ(net.parameters().size(), 7U);
  EXPECT_EQ(net.to_onnx().find_initialiser("a.weight")->dtype, DType::f32);
  test::compare(model, {random_values({1, 3, 12, 10}, 4)}, "openvino", 1e-4);
}

TEST(OnnxNet, UnknownOperatorsAreNamed) {
  OnnxModel model = small_net();
  const auto relu = std::ranges::find(model.nodes, "Relu", &OnnxNode::op);
  relu->op = "NonMaxSuppression";
  const auto net = OnnxNet::create(model);
  ASSERT_FALSE(net);
  EXPECT_EQ(net.error().code, Code::unsupported);
  EXPECT_THAT(net.error().text, AllOf(HasSubstr("\"a.relu\""), HasSubstr("NonMaxSuppression")));
}

TEST(OnnxNet, UnknownAttributeValuesAreNamed) {
  for (const auto& [op, attribute, value] :
       {std::tuple{"Conv", "auto_pad", "SAME_UPPER"}, std::tuple{"Resize", "mode", "cubic"}}) {
    OnnxModel model = small_net();
    OnnxNode& node = *std::ranges::find(model.nodes, op, &OnnxNode::op);
    node.attributes[attribute] = std::string(value);
    const auto net = OnnxNet::create(model);
    ASSERT_FALSE(net) << op;
    EXPECT_EQ(net.error().code, Code::unsupported);
    EXPECT_THAT(net.error().text, AllOf(HasSubstr("\"" + node.name + "\""), HasSubstr(op), HasSubstr(value)));
  }
}

TEST(OnnxNet, WrongInputsNameTheNode) {
  OnnxNet net = net_of(small_net());
  const auto channels = net.forward({torch::rand({1, 4, 8, 8})});
  ASSERT_FALSE(channels);
  EXPECT_EQ(channels.error().code, Code::invalid);
  EXPECT_THAT(channels.error().text, AllOf(HasSubstr("\"a\" (Conv)"), HasSubstr("4")));
  EXPECT_EQ(channels.error().text.find('\n'), std::string::npos);
  const auto none = net.forward({});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().text, HasSubstr("1 inputs, not 0"));
}

TEST(OnnxNet, NodesThatReadNothingAreRefused) {
  OnnxModel model = small_net();
  model.nodes[0].inputs.resize(1);
  auto net = OnnxNet::create(model);
  ASSERT_FALSE(net);
  EXPECT_THAT(net.error().text, AllOf(HasSubstr("\"a\" (Conv)"), HasSubstr("input 1")));
  model = small_net();
  std::erase_if(model.initialisers, [](const OnnxTensor& t) { return t.name == "b.weight"; });
  net = OnnxNet::create(model);
  ASSERT_FALSE(net);
  EXPECT_EQ(net.error().code, Code::corrupt);
  EXPECT_THAT(net.error().text, AllOf(HasSubstr("\"b\" (Conv)"), HasSubstr("\"b.weight\"")));
}

}  // namespace
}  // namespace weir::train

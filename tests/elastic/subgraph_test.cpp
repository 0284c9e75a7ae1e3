// SPDX-License-Identifier: Apache-2.0
#include "elastic/subgraph.hpp"

#include <gmock/gmock.h>

#include "elastic/graph_builder.hpp"
#include "tests/elastic/run_model.hpp"

namespace weir {
namespace {

using test::run_model;

OnnxModel two_heads() {
  GraphBuilder g("heads", 1);
  const std::string x = g.input("x", {1, 3, -1, -1}), z = g.input("z", {1, 4, -1, -1});
  const std::string body = g.relu("body", g.conv("a", x, 4));
  const std::string left = g.conv("left", body, 2), right = g.add("right", body, z);
  return g.finish(std::vector{left, right});
}

TEST(Subgraph, GivesAnyValuesInTheOrderAskedFor) {
  const OnnxModel model = two_heads();
  const auto cut = with_outputs(model, {"left", "body"});
  ASSERT_TRUE(cut) << cut.error().text;
  EXPECT_EQ(cut->nodes.size(), 3U);
  ASSERT_EQ(cut->outputs.size(), 2U);
  EXPECT_EQ(cut->outputs[0].name, "left");
  ASSERT_EQ(cut->inputs.size(), 1U) << "z is not needed any more";
  const auto x = test::random_values({1, 3, 6, 6}, 2), z = test::random_values({1, 4, 6, 6}, 3);
  const auto all = run_model(model, "", {x, z}), some = run_model(*cut, "", {x});
  ASSERT_TRUE(all) << all.error().text;
  ASSERT_TRUE(some) << some.error().text;
  EXPECT_EQ((*some)[0].data, (*all)[0].data);
  EXPECT_EQ((*some)[1].shape, (Shape{1, 4, 6, 6}));
}

TEST(Subgraph, LeavesOutWhatNobodyNeeds) {
  const auto cut = with_outputs(two_heads(), {"a"});
  ASSERT_TRUE(cut) << cut.error().text;
  ASSERT_EQ(cut->nodes.size(), 1U);
  ASSERT_EQ(cut->initialisers.size(), 1U);
  EXPECT_EQ(cut->initialisers[0].name, "a.weight");
}

// Left out optional inputs and outputs have the empty name; they are not one value.
TEST(Subgraph, EmptyNamesAreNoValue) {
  OnnxModel model = two_heads();
  model.nodes.front().inputs.push_back("");
  model.nodes.insert(model.nodes.begin(), {"extra", "Dropout", "", {"x"}, {"extra", ""}, {}});
  const auto cut = with_outputs(model, {"a"});
  ASSERT_TRUE(cut) << cut.error().text;
  EXPECT_EQ(cut->nodes.size(), 1U);
}

TEST(Subgraph, NamesWhatIsNotComputed) {
  const auto cut = with_outputs(two_heads(), {"left", "nowhere"});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::not_found);
  EXPECT_THAT(cut.error().text, testing::HasSubstr("\"nowhere\""));
}

}  // namespace
}  // namespace weir

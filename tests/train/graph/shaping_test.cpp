// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "tests/train/graph/operator_case.hpp"

namespace weir::train {
namespace {

using test::Attributes, test::compare_all, test::floats, test::integers, test::Integers, test::OperatorCase;

constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
const Shape kImage{1, 4, 6, 8};

TEST(GraphShaping, ReshapeTransposeFlattenConcat) {
  const auto axis = [](std::int64_t at) { return Attributes{{"axis", at}}; };
  EXPECT_GE(compare_all({
                {"Reshape", {kImage}, {integers("s", {0, 0, -1})}},
                {"Reshape", {kImage}, {integers("s", {1, -1, 4})}},
                {"Transpose", {kImage}, {}, {{"perm", Integers{0, 2, 3, 1}}}},
                {"Transpose", {{1, 4, 6}}, {}, {{"perm", Integers{0, 2, 1}}}},
                {"Flatten", {kImage}},
                {"Concat", {kImage, {1, 2, 6, 8}}, {}, axis(1)},
                {"Concat", {kImage, {1, 4, 6, 3}}, {}, axis(-1)},
            }),
            6);
  compare_all({{"Flatten", {kImage}, {}, axis(2)},
               {"Flatten", {{1, 3, 4}}, {}, axis(0)},
               {"Flatten", {{1, 3, 4}}, {}, axis(-1)},
               {"Transpose", {{1, 3, 4}}}});
}

TEST(GraphShaping, SlicesAndSplits) {
  const auto slice = [](Integers from, Integers to, Integers axes, Integers steps) {
    return OperatorCase{"Slice",
                        {kImage},
                        {integers("from", from), integers("to", to), integers("axes", axes), integers("steps", steps)}};
  };
  EXPECT_GE(compare_all({
                {"Slice", {kImage}, {}, {{"starts", Integers{1}}, {"ends", Integers{3}}, {"axes", Integers{1}}}, 9},
                slice({1, 2}, {5, 7}, {2, 3}, {1, 1}),
                slice({1}, {-1}, {3}, {1}),
                slice({-3}, {kEnd}, {-1}, {1}),
                {"Split", {kImage}, {}, {{"axis", std::int64_t{1}}, {"split", Integers{1, 3}}}, 11, 2},
            }),
            4);
  OperatorCase halves{"Split", {kImage}, {}, {{"axis", std::int64_t{1}}}, 11, 2};
  OperatorCase parts{"Split", {kImage}, {integers("parts", {5, 3})}, {{"axis", std::int64_t{-1}}}, 13, 2};
  halves.opencv = parts.opencv = false;  // splits only by an attribute with sizes
  compare_all({halves,
               parts,
               slice({0, 1}, {kEnd, kEnd}, {2, 3}, {2, 2}),
               {"Slice", {kImage}, {integers("from", {0, 1}), integers("to", {1, 3})}}});
}

TEST(GraphShaping, Pads) {
  const Integers all{0, 0, 1, 2, 0, 0, 3, 0}, around{0, 0, 2, 1, 0, 0, 1, 2};
  const auto mode = [](const char* name) { return Attributes{{"mode", std::string(name)}}; };
  EXPECT_GE(compare_all({
                {"Pad", {kImage}, {}, {{"pads", all}, {"value", 0.5F}}, 2},
                {"Pad", {kImage}, {integers("p", all)}},
                {"Pad", {kImage}, {integers("p", around), test::scalar("v", -1.5F)}},
                {"Pad", {kImage}, {integers("p", around)}, mode("reflect")},
            }),
            3);
  compare_all({{"Pad", {kImage}, {integers("p", around)}, mode("edge")},
               {"Pad", {kImage}, {integers("p", {0, 1, 0, 0, 0, 2, 0, 0})}}});
}

OperatorCase resize(const char* mode, const char* coordinates, const char* nearest, float y, float x, bool opencv) {
  OperatorCase made{"Resize",
                    {kImage},
                    {test::left_out(), floats("scales", {1, 1, y, x})},
                    {{"mode", std::string(mode)},
                     {"coordinate_transformation_mode", std::string(coordinates)},
                     {"nearest_mode", std::string(nearest)}}};
  made.opencv = opencv;
  return made;
}

TEST(GraphShaping, NearestResizes) {
  EXPECT_GE(compare_all({resize("nearest", "asymmetric", "floor", 2, 2, true),
                         resize("nearest", "asymmetric", "floor", 2, 3, true)}),
            2);
  // Where rounding matters; OpenCV knows one way for all.
  for (const char* coordinates : {"asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners"}) {
    for (const char* nearest : {"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"}) {
      SCOPED_TRACE(std::string(coordinates) + ", " + nearest);
      compare_all({resize("nearest", coordinates, nearest, 2, 2, false),
                   resize("nearest", coordinates, nearest, 3, 4, false),
                   resize("nearest", coordinates, nearest, 0.5F, 0.75F, false),
                   resize("nearest", coordinates, nearest, 1.5F, 1.25F, false)});
    }
  }
}

TEST(GraphShaping, LinearResizes) {
  EXPECT_GE(compare_all({resize("linear", "half_pixel", "floor", 2, 2, true),
                         resize("linear", "pytorch_half_pixel", "floor", 2, 3, true),
                         resize("linear", "align_corners", "floor", 2, 2, true)}),
            2);
  for (const char* coordinates : {"asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners"}) {
    SCOPED_TRACE(coordinates);
    compare_all({resize("linear", coordinates, "floor", 2, 3, false),
                 resize("linear", coordinates, "floor", 0.5F, 0.75F, false),
                 resize("linear", coordinates, "floor", 1.4F, 1.3F, false)});
  }
  OperatorCase sized{"Resize",
                     {kImage},
                     {test::left_out(), test::left_out(), integers("sizes", {1, 4, 9, 5})},
                     {{"mode", std::string("linear")}}};
  sized.opencv = false;
  compare_all({sized, {"Upsample", {kImage}, {floats("scales", {1, 1, 2, 2})}, {}, 9}});
}

TEST(GraphShaping, GatherSqueezeDepthToSpace) {
  const auto axes = [](std::int64_t at) { return Attributes{{"axes", Integers{at}}}; };
  const auto axis = [](std::int64_t at) { return Attributes{{"axis", at}}; };
  const auto depth = [](const char* mode) {
    return Attributes{{"blocksize", std::int64_t{2}}, {"mode", std::string(mode)}};
  };
  const OnnxTensor one = make_tensor<std::int64_t>("i", {}, Integers{2});
  compare_all({{"Gather", {kImage}, {one}, axis(1)},
               {"Gather", {kImage}, {integers("i", {3, 0, -1})}, axis(-1)},
               {"Gather", {kImage}, {make_tensor<std::int64_t>("i", {2, 2}, Integers{0, 5, 2, 2})}, axis(2)},
               {"Squeeze", {{1, 4, 1, 8}}, {}, axes(2)},
               {"Squeeze", {{1, 4, 1, 8}}, {integers("a", {-2, 0})}, {}, 13},
               {"Unsqueeze", {{1, 4, 8}}, {}, axes(0)},
               {"Unsqueeze", {{1, 4, 8}}, {integers("a", {0, -1})}, {}, 13},
               {"DepthToSpace", {kImage}, {}, depth("DCR")},
               {"DepthToSpace", {kImage}, {}, depth("CRD")},
               {"Expand", {{1, 4, 1, 8}}, {integers("s", {2, 1, 3, 8})}}});
}

// Shapes that the graph computes itself: x -> [N, C * H, W] by Shape, Gather, Cast and Concat.
TEST(GraphShaping, ShapesComputedInTheGraph) {
  OnnxModel model = OperatorCase{"Identity", {kImage}}.model();
  model.nodes = {
      {"shape", "Shape", "", {"x0"}, {"shape"}, {}},
      {"width", "Gather", "", {"shape", "last"}, {"width"}, {{"axis", std::int64_t{0}}}},
      {"real", "Cast", "", {"width"}, {"real"}, {{"to", std::int64_t{1}}}},
      {"half", "Div", "", {"real", "two"}, {"half"}, {}},
      {"whole", "Cast", "", {"half"}, {"whole"}, {{"to", std::int64_t{7}}}},
      {"rest", "Constant", "", {}, {"rest"}, {{"value", integers("", {-1})}}},
      {"both", "Concat", "", {"rest", "whole"}, {"both"}, {{"axis", std::int64_t{0}}}},
      {"y", "Reshape", "", {"x0", "both"}, {"y0"}, {}},
  };
  model.initialisers = {integers("last", {3}), floats("two", {2})};
  const auto x = weir::test::random_values(kImage, 1);
  test::compare(model, {x}, "openvino", 0);
  const auto got = test::run_torch(model, {x});
  ASSERT_TRUE(got) << got.error().text;
  EXPECT_EQ((*got)[0].shape, (Shape{48, 4}));
}

}  // namespace
}  // namespace weir::train

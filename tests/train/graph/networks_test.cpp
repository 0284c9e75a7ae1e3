// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>

#include "tests/train/graph/operator_case.hpp"

namespace weir::train {
namespace {

std::filesystem::path models() {
  const char* set = std::getenv("WEIR_DATA");
  return (set != nullptr ? std::filesystem::path(set) : std::filesystem::path(WEIR_SOURCE_DIR) / "../shared/data") /
         "models";
}

void expect_equal_to_openvino(const char* file, const Shape& input, float low, float high, double tolerance) {
  const auto model = load_onnx(models() / file);
  ASSERT_TRUE(model) << model.error().text;
  EXPECT_TRUE(test::compare(*model, {weir::test::random_values(input, 3, low, high)}, "openvino", tolerance));
}

class PublishedNetwork : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(models() / "yolox_nano.onnx")) GTEST_SKIP() << "no networks in " << models();
  }
};

TEST_F(PublishedNetwork, YoloxNano) { expect_equal_to_openvino("yolox_nano.onnx", {1, 3, 192, 320}, 0, 255, 1e-4); }
TEST_F(PublishedNetwork, NanodetG) { expect_equal_to_openvino("nanodet_g.onnx", {1, 3, 416, 416}, -2, 2, 1e-4); }
TEST_F(PublishedNetwork, NanodetM) { expect_equal_to_openvino("nanodet_m_416.onnx", {1, 3, 416, 416}, -2, 2, 1e-4); }
TEST_F(PublishedNetwork, FastestDet) { expect_equal_to_openvino("fastestdet_352.onnx", {1, 3, 352, 352}, 0, 1, 1e-4); }

}  // namespace
}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/pair.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "elastic/split.hpp"
#include "tests/support/switchable_pair.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

constexpr const char* kSeam = "stage2.1";

std::string own_model() { return std::string(WEIR_SOURCE_DIR) + "/models/weir_nano.onnx"; }

std::string new_prefix(const std::string& name) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("weir_pair_" + name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return (folder / "net").string();
}

TEST(SwitchablePair, IsTheSameFromWhatWasLearnedAndTheNetwork) {
  const std::string whole = new_prefix("whole"), parts = new_prefix("parts");
  test::write_switchable_pair(own_model(), kSeam, whole);
  const auto network = load_onnx(own_model());
  ASSERT_TRUE(network) << network.error().text;
  const auto pair = load_switchable_pair(whole, *network);
  ASSERT_TRUE(pair) << pair.error().text;

  const auto head = split_model(pair->head, {kSeam}), tail = split_model(pair->tail, {kSeam});
  ASSERT_TRUE(head && tail);
  ASSERT_TRUE(save_onnx(head->tail, parts + ".encoder.onnx"));
  ASSERT_TRUE(save_onnx(tail->head, parts + ".decoder.onnx"));
  ASSERT_TRUE(save_setups(pair->setups, parts + "_setups.json"));
  auto again = load_switchable_pair(parts, *network);
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_TRUE(encode_onnx(again->head) == encode_onnx(pair->head));
  EXPECT_EQ(again->tail.metadata.at("weir.decoder"), "weir") << "tells how outputs are read";
  again->tail.name = pair->tail.name;
  again->tail.metadata = pair->tail.metadata;
  again->tail.ir_version = pair->tail.ir_version;
  EXPECT_TRUE(encode_onnx(again->tail) == encode_onnx(pair->tail));
}

TEST(SwitchablePair, SaysWhatIsMissingOrAnothers) {
  const std::string prefix = new_prefix("wrong");
  test::write_switchable_pair(own_model(), kSeam, prefix);
  auto network = load_onnx(own_model());
  ASSERT_TRUE(network) << network.error().text;
  EXPECT_THAT(load_switchable_pair(prefix + "x", *network).error().text, HasSubstr("netx_setups.json"));
  std::filesystem::remove(prefix + "_tail.onnx");
  EXPECT_THAT(load_switchable_pair(prefix, *network).error().text, HasSubstr("net_tail.onnx"));
  network->name += "2";
  EXPECT_THAT(load_switchable_pair(prefix, *network).error().text, HasSubstr("another network"));
}

}  // namespace
}  // namespace weir

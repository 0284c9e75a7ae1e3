// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/detector_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "elastic/graph_builder.hpp"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A model file with so many outputs, which a test fills with metadata.
std::filesystem::path write_model(int outputs, std::map<std::string, std::string> metadata) {
  GraphBuilder graph("facts", 1);
  const std::string x = graph.input("image", {1, 3, 32, 32});
  std::vector<std::string> names;
  for (int i = 0; i < outputs; ++i) names.push_back(graph.relu("out" + std::to_string(i), x));
  OnnxModel model = graph.finish(names);
  model.metadata = std::move(metadata);
  const auto path = std::filesystem::path(testing::TempDir()) / ("facts" + std::to_string(outputs) + ".onnx");
  EXPECT_TRUE(save_onnx(model, path));
  return path;
}

TEST(DetectorFacts, MetadataNameDecoderAndClasses) {
  const auto facts =
      read_detector_facts(write_model(6, {{"weir.decoder", "weir"}, {"weir.classes", "vehicle,pedestrian"}}));
  EXPECT_EQ(facts.decoder, "weir");
  EXPECT_THAT(facts.classes, ElementsAre("vehicle", "pedestrian"));
}

TEST(DetectorFacts, WithoutMetadataTheNumberOfOutputsDecides) {
  EXPECT_EQ(read_detector_facts(write_model(6, {})).decoder, "nanodet");
  EXPECT_EQ(read_detector_facts(write_model(1, {})).decoder, "yolox");
  EXPECT_THAT(read_detector_facts(write_model(1, {})).classes, IsEmpty());
}

TEST(DetectorFacts, UnreadableFilesGiveTheDefaults) {
  const auto path = std::filesystem::path(testing::TempDir()) / "facts_broken.onnx";
  std::ofstream(path) << "not a model";
  EXPECT_EQ(read_detector_facts(path).decoder, "yolox");
  EXPECT_EQ(read_detector_facts("absent.onnx").decoder, "yolox");
}

}  // namespace
}  // namespace weir

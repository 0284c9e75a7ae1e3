// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernels/codec/code_tables.hpp"
#include "pipeline/harness.hpp"
#include "pipeline/packet.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/registry.hpp"
#include "pipeline/split.hpp"
#include "stages/infer/split_detector.hpp"
#include "tests/app/program.hpp"

namespace weir::test {

/// The shipped detector, cut in two, on drawn frames.
class Split : public testing::Test {
 protected:
  static constexpr int kWidth = 640, kHeight = 192;
  static constexpr int kFrames = 8;

  void SetUp() override;

  static const std::string& model();
  static const std::vector<Frame>& frames();
  static SplitDetector load();

  /// Tables for the seam, made from the frames themselves.
  static std::shared_ptr<const CodeTables> tables();

  /// The file that they are written to.
  std::string write_tables() const;

  /// Of a stage: the network, its seam and size, unless `more` has others.
  static std::map<std::string, std::string> params(std::map<std::string, std::string> more = {});

  /// What crosses for a frame.
  static Packet code_of(StageHarness& head, const Frame& frame);

  static CodedFrame copy_of(const CodedFrame& code, std::vector<std::uint8_t> bytes);

  static Status feed(StageHarness& tail, const Packet& code);

  /// What the network finds that is not cut.
  std::vector<Detection> whole(const Frame& frame) const;

  Registry registry_;
  const TempFolder folder_;
};

}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/control/ladder.hpp"
#include "stages/infer/split_detector.hpp"

namespace weir {

/// A way to send frames that is worth measuring.
struct RungCandidate {
  std::string name;
  RungKind kind = RungKind::jpeg;
  std::int32_t level = 0;  ///< as in Setup
  PictureSize size{};      ///< of a picture; 0x0: the network's input
};

/// JPEG, WebP and H.264 at qualities over their useful range, in the network's size and in smaller ones, and the
/// picture as it is.
std::vector<RungCandidate> picture_candidates(std::span<const PictureSize> smaller);

struct ProfileOptions {
  SplitSettings network;
  EngineOptions engine;
  double score = 0.1;           ///< least score of a box that is found
  double expected_score = 0.4;  ///< the whole network's boxes of at least this score count as right
  double nms = 0.5;
  std::function<void(const std::string&)> progress;  ///< what is being done
};

/// One measured rung, with times by side.
struct MeasuredRung {
  Rung rung;
  double encode_ms = 0, decode_ms = 0;  ///< of the codec alone, medians
};

struct RateProfile {
  Ladder ladder;                             ///< without dominated rungs but SPINN's; its local answer is not filled in
  std::vector<MeasuredRung> all;             ///< every candidate, in the order of measuring
  std::shared_ptr<const CodeTables> tables;  ///< null without a seam
  std::size_t expected = 0;                  ///< boxes that were right to find
};

/// Measures what every way to send the frames costs and how far its answers are those of the whole network.
///
/// The codec's tables are calibrated on the first half of the frames, which must follow each other in time, and all is
/// measured on the second half. Accuracy is agreement (kernels/eval/agreement.hpp). Code::invalid for fewer than 8
/// frames, and where the network finds nothing in the second half; else errors of the network.
Result<RateProfile> measure_rates(std::span<const ImageView> frames, const ProfileOptions& options);

}  // namespace weir

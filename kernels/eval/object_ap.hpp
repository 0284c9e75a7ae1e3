// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "kernels/eval/eval_frame.hpp"

namespace weir {

/// Which objects the KITTI object benchmark counts: box height of more than 40, 25, 25 pixels, occlusion up to 0, 1, 2
/// and truncation up to 0.15, 0.3, 0.5. The others are neutral.
enum class Difficulty { easy, moderate, hard };

/// The overlap that KITTI asks for: 0.7 for Car, 0.5 for every other type.
double default_min_iou(std::string_view type);

/// What a result lower than the difficulty's least height is worth.
enum class LowResults : std::uint8_t {
  neutral,  ///< neither hit nor false alarm, as in KITTI's kit: a counted object found a pixel too low is missed
  spared,   ///< a hit where it finds a counted object, else nothing
  counted,  ///< like any other
};

struct ObjectApOptions {
  std::string type = "Car";  ///< KITTI type that is scored; case does not count
  double min_iou = 0;        ///< a match must overlap by more than this, in (0, 1); 0: default_min_iou(type)
  LowResults low_results = LowResults::neutral;
};

/// Average precision at one difficulty, in percent.
struct ApScore {
  double r40 = 0;           ///< KITTI's: mean of the recall samples 1/40, 2/40, ..., 1
  double r11 = 0;           ///< KITTI's until 2019: mean of the recall samples 0, 0.1, ..., 1
  double interpolated = 0;  ///< as r40, each sample taken where recall reaches it: fair to a truth of any size
  std::size_t truth = 0;    ///< counted objects; with none the scores are 0 and say nothing
};

struct ObjectApResult {
  std::array<ApScore, 3> by_difficulty;  ///< indexed by Difficulty
  const ApScore& at(Difficulty difficulty) const { return by_difficulty[static_cast<std::size_t>(difficulty)]; }
};

/// Average precision of 2D boxes as the KITTI object benchmark computes it.
///
/// Geiger et al., CVPR 2012, section 3.3, with the algorithm of the benchmark's development kit (41 recall samples);
/// R40 is Simonelli et al., ICCV 2019, section 5. Frames are independent images. Objects of the neutral type
/// (is_neutral; as in the kit, the spelling Person of tracking labels is none) and objects outside the difficulty cost
/// nothing, found or missed; results lower than the difficulty's least height or more than min_iou inside a DontCare
/// area are no false positives. The kit takes one recall sample for each object at most: in r40 and r11 a truth of
/// fewer than 41 objects cannot reach 100. Pure; safe from any thread.
ObjectApResult object_ap(std::span<const EvalFrame> frames, const ObjectApOptions& options);

}  // namespace weir

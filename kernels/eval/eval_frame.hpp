// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/detect/detection.hpp"

namespace weir {

/// One box that is scored against the truth.
struct ScoredBox {
  Box box;
  std::string type;            ///< KITTI's spelling; case does not count
  double score = 0;            ///< higher is surer; any finite value
  std::int64_t track_id = -1;  ///< below 0: not part of a track, and not seen by the tracking scores
};

/// The truth of one frame and the results for it.
struct EvalFrame {
  std::int64_t frame = 0;
  std::vector<TruthBox> truth;
  std::vector<ScoredBox> results;
};

/// The frames of one recording, by ascending frame number. Frames with neither truth nor results may be absent: no
/// score depends on them.
struct Sequence {
  std::string name;
  std::vector<EvalFrame> frames;
};

/// One labelled object of a file and its frame.
struct TruthRow {
  std::int64_t frame = 0;
  TruthBox object;
};

/// One result of a file and its frame.
struct ResultRow {
  std::int64_t frame = 0;
  ScoredBox object;
};

/// Puts the rows of a truth file and of a results file together by frame number; the rows may come in any order and
/// keep theirs within a frame.
Sequence make_sequence(std::string name, std::span<const TruthRow> truth, std::span<const ResultRow> results);

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/eval/eval_frame.hpp"
#include "kernels/eval/streaming_ap.hpp"

namespace weir::app {

/// Results and truth, paired.
struct EvalInput {
  std::vector<Sequence> sequences;
  std::vector<TimedStream> timed;     ///< one per sequence, where the results say when they were published; else empty
  bool tracks = false;                ///< whether some result belongs to a track
  std::vector<std::string> warnings;  ///< skipped lines and files, for the user
};

/// Reads results and truth, each a file or a folder of files with equal names: KITTI tracking format, KITTI object
/// format (one file per image), or results as JSON lines of sink.jsonl. The truth's columns tell the format.
/// `frames` > 0 keeps only frames below it. Errors: not_found, a file or folder is missing or holds nothing to score;
/// corrupt, no line of a file can be read.
Result<EvalInput> read_eval_input(const std::string& results, const std::string& truth, std::int64_t frames);

}  // namespace weir::app

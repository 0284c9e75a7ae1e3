// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/eval/eval_frame.hpp"
#include "kernels/eval/streaming_ap.hpp"

namespace weir::app {

/// When a frame was captured.
struct CapturedFrame {
  std::int64_t frame = 0;
  std::chrono::nanoseconds captured{0};
};

/// The answers in a file of sink.jsonl, classes under their KITTI names; classes KITTI does not know are left out.
struct JsonResults {
  std::vector<ResultRow> rows;
  std::vector<TimedAnswer> answers;  ///< empty unless every line has `published_ms`
  std::vector<CapturedFrame> captures;
};

/// Parses the lines of a sink.jsonl file; `path` is for the error. corrupt: a line is no answer, or answers of several
/// streams are mixed.
Result<JsonResults> parse_json_results(std::string_view path, std::string_view text);

/// Truth and answers of one camera on one clock. The truth of a frame that has no answer of its own is placed by the
/// frame period of those that have.
TimedStream timed_stream(std::span<const TruthRow> truth, std::span<const CapturedFrame> captures,
                         std::vector<TimedAnswer> answers);

}  // namespace weir::app

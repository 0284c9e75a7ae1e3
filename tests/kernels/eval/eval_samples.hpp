// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "kernels/eval/eval_frame.hpp"

namespace weir::samples {

/// A labelled box 100 pixels high at `left`, whole and visible.
inline TruthBox label(const std::string& type, float left, std::int64_t id = 1) {
  return {{left, 0, left + 100, 100}, type, id, 0, 0};
}

/// A result that covers label(type, left) exactly.
inline ScoredBox result(const std::string& type, float left, double score, std::int64_t id = 1) {
  return {{left, 0, left + 100, 100}, type, score, id};
}

}  // namespace weir::samples

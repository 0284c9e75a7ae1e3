// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/eval_frame.hpp"

#include <map>
#include <utility>

namespace weir {

Sequence make_sequence(std::string name, std::span<const TruthRow> truth, std::span<const ResultRow> results) {
  std::map<std::int64_t, EvalFrame> by_number;
  for (const TruthRow& row : truth) by_number[row.frame].truth.push_back(row.object);
  for (const ResultRow& row : results) by_number[row.frame].results.push_back(row.object);
  Sequence sequence{std::move(name), {}};
  sequence.frames.reserve(by_number.size());
  for (auto& [number, frame] : by_number) {
    frame.frame = number;
    sequence.frames.push_back(std::move(frame));
  }
  return sequence;
}

}  // namespace weir

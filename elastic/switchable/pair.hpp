// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "elastic/onnx_model.hpp"
#include "elastic/switchable/setups.hpp"

namespace weir {

/// Head and tail of one network with a switchable bottleneck, and the setups that go with them.
struct SwitchablePair {
  OnnxModel head, tail;
  SwitchableSetups setups;
};

/// Reads what train-switchable wrote: `prefix`_setups.json with `prefix`_head.onnx and `prefix`_tail.onnx, or where
/// these are absent `prefix`.encoder.onnx and `prefix`.decoder.onnx, which are put into `network` at the seam.
///
/// Code::not_found names a file that is missing; Code::invalid when the pair was made of another network than `network`
/// (the untouched one); else errors of load_onnx, load_setups and chain().
Result<SwitchablePair> load_switchable_pair(const std::string& prefix, const OnnxModel& network);

}  // namespace weir

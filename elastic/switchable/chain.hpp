// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "elastic/onnx_model.hpp"

namespace weir {

/// Two networks as one: an input of `second` that has the name of an output of `first` is that output; its other inputs
/// follow those of `first`. The result has the outputs of `second`, and name and metadata of `first`.
///
/// Code::invalid when `first` puts out nothing that `second` takes, when both compute or hold a value of one name, or
/// when their operator sets differ; the text names it.
Result<OnnxModel> chain(const OnnxModel& first, const OnnxModel& second);

}  // namespace weir

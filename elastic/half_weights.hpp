// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "elastic/onnx_model.hpp"

namespace weir {

/// Stores every f32 constant of at least `least` values as f16 with a Cast to f32 behind it: the file halves, engines
/// compute in f32 as before. Values are rounded to nearest even; what f16 cannot hold becomes its largest value.
void store_half(OnnxModel& model, std::size_t least = 64);

/// The way back: every f16 constant that only a Cast to f32 reads becomes that f32 constant, and the Cast goes. For
/// those who change the weights of a stored model.
void widen_half(OnnxModel& model);

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace weir::engine {

/// The bytes of an ONNX file with its f16 constants as f32 ones of the same names, for OpenCV, which reads no f16. What
/// does not parse is given back as it is.
std::string widen_half_constants(std::string_view model);

}  // namespace weir::engine

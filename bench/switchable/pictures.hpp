// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/switchable/curves.hpp"

namespace weir::bench {

/// JPEG, WebP and low-delay H.264 (one key frame) of the frames at several qualities, searched by the untouched
/// network.
Result<Curve> picture_curves(const Subject& subject, const Recording& recording);

}  // namespace weir::bench

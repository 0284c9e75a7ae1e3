// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/engine.hpp"

namespace weir::engine {

/// Whether `inputs` fit a network's inputs in number, type and shape; an extent of -1 takes any.
Status check_inputs(std::span<const TensorView> inputs, std::span<const TensorInfo> wanted);

/// `wanted` with its negative extents taken from the file's shape. Code::invalid when the ranks differ or an extent is
/// still unknown.
Result<Shape> resolve_shape(const std::string& model, const TensorInfo& in_file, const Shape* wanted);

/// Opens the last two extents, an image's height and width; Code::unsupported where there are fewer than three.
Status open_size(const std::string& model, Shape& shape);

/// The processor's name as the system gives it.
std::string cpu_name();

/// The part of a library's message that a user can read: its last line that is not empty, at most 300 characters.
std::string brief(std::string_view message);

}  // namespace weir::engine

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "kernels/base/status.hpp"
#include "train/common/loop/curves.hpp"
#include "train/common/loop/named_tensors.hpp"

namespace weir::train {

/// What one checkpoint file holds.
struct Checkpoint {
  std::int64_t step = 0;                      ///< steps done
  NamedTensors tensors;                       ///< on the CPU, contiguous
  std::map<std::string, std::string> values;  ///< free: seed, name of the net, what the program must find again
  Curves curves;
};

/// Writes the file, whole or not at all; the one that was there before stays as PATH.previous. Code::io names the path.
Status save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);

/// Reads a file of save_checkpoint. Code::not_found when it is missing, Code::corrupt when it is truncated, altered or
/// of another version; the text names the file and, where there is one, the previous checkpoint to resume from.
Result<Checkpoint> load_checkpoint(const std::filesystem::path& path);

}  // namespace weir::train

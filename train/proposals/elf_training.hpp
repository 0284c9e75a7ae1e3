// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <span>

#include "train/proposals/elf_net.hpp"
#include "train/proposals/training.hpp"

namespace weir::train {

/// How Elf's authors trained, as far as their public code tells: Adam at one rate, no augmentation.
struct ElfOptions {
  std::uint64_t seed = 1;
  int threads = 0;
  std::int64_t steps = 10000;
  int boxes = 64;  ///< in a step: about as many as sixteen of their windows hold
  double rate = 1e-3;
};

/// Boxes of objects seen in three frames in a row, in units of their frames.
struct ElfSamples {
  torch::Tensor inputs;  ///< 2 x B x 4
  torch::Tensor truth;   ///< B x 4
};

/// All there are. Unlike the authors' windows, the inputs are found by identity and know nothing of the answer.
ElfSamples elf_samples(std::span<const BoxSequence* const> sequences);

/// Trains `net` on the sequences; the caller takes its weights and names the sequences in them.
Result<LoopEnd> train_elf(const ElfOptions& options, std::span<const BoxSequence* const> sequences, ElfNet& net,
                          std::ostream& messages);

}  // namespace weir::train

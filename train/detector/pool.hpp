// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/base/status.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// One origin of examples, and how often a crop is taken from it.
struct PoolSource {
  std::string name;
  double weight = 0;  ///< share of the crops; the weights of a pool add up to 1
  std::size_t first = 0, count = 0;
};

/// All images that the detector learns from.
struct Pool {
  std::vector<Example> examples;
  std::vector<PoolSource> sources;
  ReadReport report;

  /// The example of one crop: a source by weight, then one of its images.
  std::size_t draw(Random& random) const;
};

struct PoolOptions {
  int synthetic_scenes = 300;           ///< four frames each
  std::uint64_t synthetic_seed = 1000;  ///< of the first scene
};

/// Reads what lies in a folder laid out as the README of train/ says; sources that are not there are left out and their
/// weight goes to the others. The synthetic scenes need no folder. Code::not_found when a part that is there cannot be
/// read; label rows that cannot be true are skipped and counted.
Result<Pool> read_pool(const std::filesystem::path& data, const PoolOptions& options);

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace weir::bench {

/// One measured quantity: the median of its repetitions, and their least and greatest.
struct Figure {
  double value = 0;
  double least = 0;
  double greatest = 0;
  std::size_t n = 0;
};

/// The value below which `share` (0 to 1) of the samples lie, the larger neighbour where it falls between two. Reorders
/// the samples; 0 when there are none.
double quantile(std::vector<double>& samples, double share);

/// Median and spread of the repetitions of one figure; all zero when there are none.
Figure summarise(std::vector<double> repetitions);

}  // namespace weir::bench

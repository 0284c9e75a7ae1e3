// SPDX-License-Identifier: Apache-2.0
#include "bench/common/figure.hpp"

#include <algorithm>
#include <cmath>

namespace weir::bench {

double quantile(std::vector<double>& samples, double share) {
  if (samples.empty()) return 0;
  const auto last = static_cast<double>(samples.size() - 1);
  const auto nth = samples.begin() + static_cast<std::ptrdiff_t>(std::ceil(share * last));
  std::nth_element(samples.begin(), nth, samples.end());
  return *nth;
}

Figure summarise(std::vector<double> repetitions) {
  if (repetitions.empty()) return {};
  const auto [least, greatest] = std::minmax_element(repetitions.begin(), repetitions.end());
  Figure figure{0, *least, *greatest, repetitions.size()};
  figure.value = quantile(repetitions, 0.5);
  return figure;
}

}  // namespace weir::bench

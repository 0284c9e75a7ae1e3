// SPDX-License-Identifier: Apache-2.0
#include "bench/control/bootstrap.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/base/random.hpp"

namespace weir::bench {

Figure mean_over_traces(std::span<const double> values, std::uint64_t seed) {
  constexpr std::size_t kDraws = 2'000;
  Figure figure;
  figure.n = values.size();
  if (values.empty()) return figure;
  const auto count = static_cast<double>(values.size());
  figure.value = std::accumulate(values.begin(), values.end(), 0.0) / count;
  Random random(seed);
  std::vector<double> means(kDraws);
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[random.below(values.size())];
    mean = sum / count;
  }
  std::ranges::sort(means);
  figure.least = means[kDraws * 25 / 1000];
  figure.greatest = means[kDraws * 975 / 1000 - 1];
  return figure;
}

}  // namespace weir::bench

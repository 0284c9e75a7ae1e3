// SPDX-License-Identifier: Apache-2.0
// From pixels to a network's input in one fused pass, against the chain of OpenCV calls.
#include "bench/common/bench_main.hpp"
#include "bench/preprocess/preprocess_bench.hpp"

namespace weir::bench {
namespace {

Status run(Reporter& reporter) {
  const auto samples = reporter.brief() ? measure_preprocess(1, 5) : measure_preprocess(7, 300);
  std::vector<double> speedups, fused, chain;
  for (const PreprocessSample& sample : samples) {
    speedups.push_back(sample.speedup());
    fused.push_back(sample.fused_us);
    chain.push_back(sample.opencv_us);
  }
  reporter.print("speedup", summarise(speedups),
                 {{"baseline_us", summarise(chain).value}, {"fused_us", summarise(fused).value}});
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "preprocess", weir::bench::run); }

// SPDX-License-Identifier: Apache-2.0
// Offloading parts of frames: what is sent, what is found in it, and how long it takes.
#include "bench/common/bench_main.hpp"
#include "bench/elf/figures.hpp"

namespace weir::bench {
namespace {

Status run(Reporter& reporter) {
  for (const auto& print : {print_coverage, print_agreement, print_speedup, print_one_slow}) {
    if (Status status = print(reporter); !status) return status;
  }
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "elf", weir::bench::run); }

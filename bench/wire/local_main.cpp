// SPDX-License-Identifier: Apache-2.0
// Large messages between processes of one machine: a Unix link against the plainest socket program, in turns.
#include "bench/common/bench_main.hpp"
#include "bench/wire/certificates.hpp"
#include "bench/wire/ratios.hpp"

namespace weir::bench {
namespace {

Status measure(Reporter& reporter) {
  const WorkFolder folder;
  Exchange exchange;
  exchange.scheme = Scheme::unix_socket;
  exchange.folder = folder.path();
  exchange.messages = reporter.brief() ? 40 : 8000;
  Ratios ratios;
  for (int i = 0; i < (reporter.brief() ? 1 : 7); ++i) {
    if (Status status = compare(exchange, ratios); !status) return status;
  }
  reporter.print("unix", summarise(ratios.rate), ratios.also());
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "local", weir::bench::measure); }

// SPDX-License-Identifier: Apache-2.0
// A worker in a process of its own, to be stopped and killed: weir_fault_worker ADDRESS SERVICE_MS. Says "ready
// ADDRESS" on standard error and serves until it is killed.
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "tests/transport/remote/echo_worker.hpp"

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves nobody behind
  const auto address = argc == 3 ? weir::parse_address(argv[1]) : weir::fail(weir::Code::invalid, "two arguments");
  if (!address) return 2;
  weir::test::EchoWork work(std::chrono::milliseconds(std::atoi(argv[2])));
  const auto server = weir::test::start_echo(*address, work);
  std::fprintf(stderr, "ready %s\n", server->addresses().front().text().c_str());
  for (;;) pause();
}

// SPDX-License-Identifier: Apache-2.0
// Device and workers through everything that can go wrong between them. This program also holds the journal's faults, a
// full disk and a torn tail (tests/transport/journal), and those of a NATS server (tests/transport/link).
#include "tests/transport/remote/fault_matrix.hpp"

#include <gtest/gtest.h>

namespace weir::test {
namespace {

std::vector<Fault> all_faults() {
  std::vector<Fault> all;
  for (const auto& part : {crash_faults(), protocol_faults(), network_faults(), time_faults()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

class FaultMatrix : public testing::TestWithParam<Fault> {};

TEST_P(FaultMatrix, EveryRequestEndsOnce) { GetParam().happen(); }

INSTANTIATE_TEST_SUITE_P(All, FaultMatrix, testing::ValuesIn(all_faults()),
                         [](const auto& fault) { return std::string(fault.param.name); });

}  // namespace
}  // namespace weir::test

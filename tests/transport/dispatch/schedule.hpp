// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/transport/dispatch/simulated_device.hpp"

namespace weir {

/// One run of devices and workers that a seed decides: links, speeds, load, and what goes wrong when.
class Schedule {
 public:
  explicit Schedule(std::uint64_t seed);

  void run();

  bool ok() const { return violations_.empty(); }
  std::string text() const;            ///< what was broken, how requests ended, and what kind of run it was
  bool calm() const { return calm_; }  ///< nothing goes wrong and the load is light

  struct Counts {
    std::uint64_t submitted = 0, results = 0, events = 0;
    /// Of the time when everything is well again: requests that have the time they need, and those of them that
    /// ended without a result although no worker failed them.
    std::uint64_t after_faults = 0, missed_after_faults = 0;
  };
  Counts counts() const;

 private:
  void add_worker();
  void connect(SimulatedWorker& worker);
  void add_load(std::size_t device);
  void add_fault(TimePoint when);
  void fault_worker(SimulatedWorker& worker);
  void fault_connection(SimulatedConnection& connection);
  void mend();
  bool light() const;  ///< the load, and the budget is no tight one
  Duration between(Duration least, Duration most);
  SimulatedWorker* some_worker();

  Random random_;
  bool calm_;
  EventQueue events_;
  Violations violations_;
  WayTraits way_;
  WorkerTraits worker_;
  Duration least_{};   // a request takes about so long when there is nothing else
  Duration budget_{};  // of a request
  std::size_t bytes_ = 0;
  std::vector<std::unique_ptr<SimulatedWorker>> workers_;
  std::vector<std::unique_ptr<SimulatedDevice>> devices_;
  PeerId next_peer_ = 1;
};

}  // namespace weir

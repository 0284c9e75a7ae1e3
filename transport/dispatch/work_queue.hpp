// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "kernels/base/time.hpp"

namespace weir {

using DeviceId = std::uint32_t;

/// One request at a worker. (device, id) names it.
struct WorkItem {
  DeviceId device = 0;
  std::uint64_t id = 0;
  std::uint32_t service = 0;
  std::uint64_t order = 0;  ///< newer work of a device has a higher number
  std::size_t bytes = 0;
  TimePoint deadline = kNever;  ///< arrival + budget, on the worker's own clock
  TimePoint arrived{};
};

struct WorkQueueOptions {
  int parallel = 1;                            ///< requests worked on at a time
  std::size_t waiting = 256;                   ///< requests of all devices that may wait
  std::size_t bytes = std::size_t{256} << 20;  ///< of all requests here, running ones included
};

/// Why work is refused, as told in a NACK.
struct Refusal {
  std::string_view reason;  ///< "busy", "expired", "draining", "duplicate"
  Duration retry_after{};   ///< with "busy": when trying again makes sense
};

/// A worker's queue: takes what it can finish in time, gives devices their turns, runs each device's newest request
/// first. A state machine like Dispatcher. Not thread-safe.
class WorkQueue {
 public:
  explicit WorkQueue(const WorkQueueOptions& options);
  ~WorkQueue();

  /// Takes an item in or says why not. An item that cannot be done in time (learned service time) is refused at once:
  /// as "expired", or as "busy" if only what is ahead of it makes it late. What was learned 200 ms ago and longer is
  /// tried anew with one such item at a time, when nothing waits.
  std::optional<Refusal> offer(const WorkItem& item, TimePoint now);

  /// The next item to run, or nothing. Items that became too late are passed over; expired() tells them.
  std::optional<WorkItem> take(TimePoint now);
  /// The next waiting item that became too late and must be answered so; call until there is none.
  std::optional<WorkItem> expired(TimePoint now);

  /// A running item is done; the time it ran teaches what to expect of its service. 0: it was not run.
  void done(const WorkItem& item, Duration ran, TimePoint now);

  /// Its answer is no longer wanted: true when it waited and is gone, false when it runs or is unknown.
  bool cancel(DeviceId device, std::uint64_t id);
  void forget(DeviceId device);  ///< all that waits of a device that is gone

  void drain();       ///< refuses all new work from now on
  bool idle() const;  ///< nothing waits, nothing runs
  std::size_t waiting() const;
  Duration service_time(std::uint32_t service) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir

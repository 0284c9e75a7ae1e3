// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "transport/remote/cloud_client.hpp"

namespace weir::test {

/// Waits until the condition holds; whether it did within the limit.
bool eventually(const std::function<bool()>& condition, Duration at_most = std::chrono::seconds(20));

/// How long it takes until the condition holds; the limit where it never does.
Duration time_until(const std::function<bool()>& condition, Duration at_most = std::chrono::seconds(20));

/// What became of all that a device asked.
struct Tally {
  int asked = 0, results = 0, expired = 0;
  std::map<std::string, int> nacks;  ///< by reason
  Duration longest_overrun{};        ///< of an answer beyond its budget

  int all_nacks() const;
};

/// A device that asks for kEcho, keeps the accounts, and checks them when it goes: every question has had one answer,
/// in time, and the client's counters say the same.
class Device {
 public:
  explicit Device(const std::vector<Address>& workers, CloudClientOptions options = {});
  ~Device();

  CloudAnswer ask(Duration budget, std::size_t payload_bytes = 10000);

  /// Waits for a worker and asks once every `period` from then on, with this budget each, until stop_asking().
  void ask_steadily(Duration period, Duration budget, std::size_t payload_bytes = 10000);
  void stop_asking();

  /// Waits until so many more results have come.
  bool more_results(int count);
  /// Waits until so many more results have come from that worker.
  bool more_results_of(int worker, std::uint64_t count);

  Tally tally() const;
  /// That no request was refused, and nearly all have their result: where the machine is so busy that requests pile up,
  /// the newest go first.
  void expect_nothing_refused() const;
  WorkerState worker(int number) const { return client->workers()[static_cast<std::size_t>(number)]; }

  std::unique_ptr<CloudClient> client;

 private:
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  Tally tally_;
  std::atomic<std::uint64_t> order_{0};
  std::vector<std::thread> threads_;
};

}  // namespace weir::test

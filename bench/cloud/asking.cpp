// SPDX-License-Identifier: Apache-2.0
#include "bench/cloud/asking.hpp"

#include "bench/cloud/worker_process.hpp"
#include "transport/wire/body_writer.hpp"

namespace weir::bench {

using std::chrono::steady_clock;

std::shared_ptr<const Body> work_body(std::uint64_t frame,
                                      const std::shared_ptr<const std::vector<std::uint8_t>>& payload) {
  BodyWriter writer;
  writer.begin_map(4).key("service").text(kWork.name).key("stream").text("camera").key("frame").natural(frame);
  writer.key("inputs").begin_array(1).binary({*payload, payload});
  return writer.finish();
}

Asking::Asking(CloudClient& client, double per_second, Duration deadline) {
  const auto period = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / per_second));
  // Each request blocks a thread until its outcome: enough threads that none is late for its next one.
  const auto threads = static_cast<int>(deadline / period) + 8;
  const auto start = steady_clock::now() + period;
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, &client, first = start + i * period, step = threads * period, deadline] {
      run(client, first, step, deadline);
    });
  }
}

void Asking::run(CloudClient& client, steady_clock::time_point first, Duration step, Duration deadline) {
  static const auto payload = std::make_shared<const std::vector<std::uint8_t>>(kBytes);
  for (auto due = first;; due += step) {
    std::uint64_t order = 0;
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_until(lock, due, [this] { return stopping_; })) return;
      order = order_++;
    }
    const auto at = steady_clock::now();
    const CloudAnswer answer = client.ask(0, work_body(order, payload), deadline, order);
    const Duration took = steady_clock::now() - at;
    const std::lock_guard lock(mutex_);
    asked_.push_back({at, took, answer.ending});
  }
}

void Asking::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace weir::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "transport/remote/cloud_client.hpp"

namespace weir::bench {

/// The body of a request for kWork with this input, which it refers to and keeps.
std::shared_ptr<const Body> work_body(std::uint64_t frame,
                                      const std::shared_ptr<const std::vector<std::uint8_t>>& payload);

/// One request and how it ended.
struct Asked {
  std::chrono::steady_clock::time_point at;
  Duration took{};  ///< until its outcome
  Ending ending = Ending::expired;
};

/// Asks a client so often from construction to stop(), with 64 KB and this deadline each. Never waits for answers.
class Asking {
 public:
  static constexpr std::size_t kBytes = std::size_t{64} << 10;

  Asking(CloudClient& client, double per_second, Duration deadline);
  ~Asking() { stop(); }

  /// Asks no more and waits for the last outcomes.
  void stop();

  /// All requests in no particular order; after stop().
  const std::vector<Asked>& asked() const { return asked_; }

 private:
  void run(CloudClient& client, std::chrono::steady_clock::time_point first, Duration step, Duration deadline);

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::uint64_t order_ = 0;
  std::vector<Asked> asked_;
  std::vector<std::thread> threads_;
};

}  // namespace weir::bench

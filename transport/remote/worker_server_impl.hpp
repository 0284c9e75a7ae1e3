// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "transport/remote/worker_server.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/control.hpp"

namespace weir {

inline constexpr std::uint8_t kControlPriority = 255, kResultPriority = 128;

/// What a worker server is made of. The links' events come on the loop's thread.
struct WorkerServer::Impl {
  class Device;

  /// A request that was taken in, until its answer is sent.
  struct Job {
    BodyReader body;
    std::string stream;
    std::uint64_t frame = 0;
  };

  WorkerServerOptions options;
  WorkHandler* handler = nullptr;
  std::vector<std::unique_ptr<Listener>> listeners;

  std::mutex mutex;  // guards the queue and the jobs
  std::condition_variable wake, idle;
  std::unique_ptr<WorkQueue> queue;
  std::unordered_map<DeviceId, std::unordered_map<std::uint64_t, std::shared_ptr<Job>>> jobs;
  bool stopping = false;
  WorkerCounters counters;

  std::unordered_map<DeviceId, std::shared_ptr<Device>> devices;  // loop thread only
  DeviceId next_device = 1;
  std::unique_ptr<LinkLoop> loop;
  std::vector<std::thread> threads;

  std::shared_ptr<LinkEvents> accept();
  void gone(DeviceId device);
  void work_loop();
  void answer_expired();
  void run(const WorkItem& item, const std::shared_ptr<Job>& job);
  std::shared_ptr<Job> take_job(const WorkItem& item);
  void reply(DeviceId device, OutMessage message);
  void when_sent(TimePoint until, std::function<void()> then);  ///< all that waits in the links, or it is that time
  void refuse(DeviceId device, std::uint64_t id, std::string_view reason, Duration retry_after, std::string text = {});
  void count(std::uint64_t WorkerCounters::*what, std::uint64_t by = 1) {
    const std::lock_guard lock(mutex);
    counters.*what += by;
  }
};

}  // namespace weir

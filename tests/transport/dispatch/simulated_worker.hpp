// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/transport/dispatch/simulation.hpp"
#include "transport/dispatch/dispatcher.hpp"
#include "transport/dispatch/work_queue.hpp"

namespace weir {

class SimulatedDevice;

struct WorkerTraits {
  Duration service = std::chrono::milliseconds(10);
  double spread = 0.2;  ///< of the service time: uniform within this share of it, up and down
  int parallel = 1;
  int messages = 2;  ///< credit of each device
  std::size_t bytes = std::size_t{8} << 20;
  double fails = 0, answers_twice = 0;  ///< share of the requests
  bool ignores_cancel = false;          ///< drops what was cancelled without a word
  bool unknown_service = false;         ///< offers it and then refuses it
};

class SimulatedWorker;

/// A device's connection to a worker. It is up for the device from peer_up to peer_down.
struct SimulatedConnection {
  SimulatedConnection(EventQueue& events, std::uint64_t seed, const WayTraits& traits)
      : there(events, derive_seed(seed, "there"), traits), back(events, derive_seed(seed, "back"), traits) {}

  SimulatedWay there, back;
  SimulatedDevice* device = nullptr;
  SimulatedWorker* worker = nullptr;
  PeerId peer = 0;         ///< the worker's name at the device
  DeviceId device_id = 0;  ///< the device's name at the worker
  bool up = false;
};

/// A worker process around a WorkQueue: it can be stopped, slowed down, told to drain, and killed.
class SimulatedWorker {
 public:
  SimulatedWorker(EventQueue& events, std::uint64_t seed, const WorkerTraits& traits);

  const WorkerTraits& traits() const { return traits_; }
  void attach(SimulatedConnection& connection);
  void detach(SimulatedConnection& connection);

  // What arrives.
  void work(SimulatedConnection& connection, const Request& request, Duration budget);
  void cancel(SimulatedConnection& connection, RequestId id);
  void ping(SimulatedConnection& connection, std::uint64_t token);

  void stop();  ///< as SIGSTOP: what arrives waits, what runs stands still
  void resume();
  void slow_down(double factor) { factor_ = factor; }
  void grant(int messages, std::size_t bytes);  ///< new credit for all devices
  void drain();
  void kill();

  bool alive() const { return alive_; }
  bool stopped() const { return stopped_; }
  bool draining() const { return draining_; }
  double factor() const { return factor_; }
  std::uint64_t ran() const { return ran_; }  ///< requests it finished
  std::size_t most_held() const { return most_held_; }

 private:
  struct Job {
    WorkItem item;
    Duration left;  // of its running time
    Duration ran{};
    TimePoint since{};  // when it last went on
    std::uint64_t number = 0;
  };
  template <typename Event>
  void handle(Event event);
  SimulatedConnection* connection(DeviceId device);
  void refuse(DeviceId device, std::uint64_t id, std::string reason, Duration retry_after);
  void run_next();
  void go_on(Job& job);
  void finish(std::uint64_t number);

  EventQueue& events_;
  Random random_;
  WorkerTraits traits_;
  WorkQueue queue_;
  std::vector<SimulatedConnection*> connections_;
  std::vector<Job> jobs_;
  std::vector<std::function<void()>> inbox_;  // while stopped
  bool alive_ = true, stopped_ = false, draining_ = false;
  double factor_ = 1;
  std::uint64_t ran_ = 0, started_ = 0;
  std::size_t most_held_ = 0;
};

}  // namespace weir

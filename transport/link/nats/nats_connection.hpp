// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "transport/link/loop_core.hpp"
#include "transport/link/nats/nats_library.hpp"
#include "transport/link/nats/nats_wire.hpp"

namespace weir {

/// One life of a connection to a NATS server, and the thread that publishes on it: a publish can block, and the loop
/// must not. Thread-safe. What is queued is bounded by whoever queues it (NatsLink's window).
class NatsConnection : public std::enable_shared_from_this<NatsConnection> {
 public:
  /// Called on the loop's thread.
  struct Calls {
    std::function<void(std::size_t max_payload)> up;
    std::function<void(NatsArrival arrival)> arrived;
    std::function<void(const std::string& text)> not_permitted;  ///< something that was to be published
    std::function<void(const Status& why)> down;                 ///< exactly once, and the last one
  };

  NatsConnection(std::shared_ptr<LoopCore> core, NatsAccess access, Calls calls);
  void start();

  void subscribe(std::string subject);
  void unsubscribe(std::string subject);
  /// Calls once the server has done all that was queued before, with an error when it refused a subscription.
  void settle(std::function<void(Status)> done);
  /// Bodies get their check by this thread where `checked` says so.
  void publish(std::shared_ptr<const NatsRoute> route, OutMessage message, bool checked);
  void signal(std::shared_ptr<const NatsRoute> route, NatsControl control);

  void end();   ///< when all that is queued has gone out
  void join();  ///< waits for the thread; not on the loop's thread
  bool has_ended() const;

 private:
  struct Message {
    std::shared_ptr<const NatsRoute> route;
    OutMessage message;
    bool checked = false;
  };
  struct Signal {
    std::shared_ptr<const NatsRoute> route;
    NatsControl control;
  };
  struct Subscribe {
    std::string subject;
  };
  struct Unsubscribe {
    std::string subject;
  };
  struct Settle {
    std::function<void(Status)> done;
  };
  using Job = std::variant<Message, Signal, Subscribe, Unsubscribe, Settle>;

  void run();
  Status connect();
  Status work();
  bool take(std::vector<Job>& jobs, Status& lost);
  void close();

  natsStatus perform(Message& job);
  natsStatus perform(const Signal& job);
  natsStatus perform(const Subscribe& job);
  natsStatus perform(const Unsubscribe& job);
  natsStatus perform(const Settle& job);

  void queue(Job job);
  void lose(Status why);
  void post(std::function<void()> call);

  // The library's callbacks, on threads of its own; the closure is a shared pointer to the connection.
  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure);
  static void on_error(natsConnection* connection, natsSubscription*, natsStatus status, void* closure);
  static void on_closed(natsConnection* connection, void* closure);
  static void drop_closure(void* closure);
  void receive(natsMsg* message);

  const std::shared_ptr<LoopCore> core_;
  const NatsAccess access_;
  Calls calls_;  // loop's thread only, once started

  // Of the thread alone.
  NatsConnectionHandle connection_;
  std::map<std::string, natsSubscription*> subscriptions_;
  std::vector<std::uint8_t> payload_;
  BodyCheck check_;

  mutable std::mutex mutex_;  // of the next five
  std::condition_variable changed_;
  std::vector<Job> jobs_;
  Status lost_;
  bool ending_ = false;
  bool ended_ = false;

  std::atomic<std::size_t> arrived_bytes_{0};  // handed to the loop and not yet taken
  std::thread thread_;
};

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "transport/dispatch/dispatcher.hpp"
#include "transport/link/link.hpp"
#include "transport/remote/worker_list.hpp"
#include "transport/wire/control.hpp"

namespace weir {

struct CloudClientOptions {
  std::string name = "device";
  std::vector<Address> workers;
  std::optional<WorkerList> list;       ///< further ones, that come and go with it
  std::vector<wire::Service> services;  ///< what this device asks for; requests name them by index
  LinkOptions link;
  DispatchOptions dispatch;
  std::uint64_t seed = 1;                                ///< of the jitter between attempts to connect
  Duration first_retry = std::chrono::milliseconds(50);  ///< after a lost or refused connection; doubles up to
  Duration last_retry = std::chrono::milliseconds(500);
  std::function<void(std::string)> warn;  ///< what a user should see; called on the client's own thread
  std::function<Result<std::unique_ptr<LinkLoop>>()> make_loop = LinkLoop::create;
};

/// How a request ended.
struct CloudAnswer {
  Ending ending = Ending::expired;
  std::string reason;   ///< unless a result: as Verdict says, what the worker's own refusal was called, "corrupt" where
                        ///< its body was no map, "too_large" where the request is
  int worker = -1;      ///< index into workers(); -1 unless a result
  Duration service{};   ///< time that the worker had it
  Duration elapsed{};   ///< from the question to the end
  InMessage message{};  ///< a result's body
};

/// What became of a request on its way to a worker. Known when it has ended or later, for a worker may have it beyond
/// its budget.
struct CloudReceipt {
  enum class Fate : std::uint8_t {
    unsent,    ///< nothing of it left the device
    answered,  ///< a result came in time
    late,      ///< a result came when it had been given up
    skipped,   ///< it came through, but the worker did not work on it: too late, too much to do
    refused,   ///< it came through, and the worker could not do it
    lost,      ///< nobody knows how far it came: the connection was lost
  };
  Fate fate = Fate::unsent;
  int worker = -1;     ///< index into workers(); -1 if unsent
  Duration service{};  ///< time that the worker had it; only with a result
  Duration elapsed{};  ///< from the question until this was known
};
using CloudReceiptHandler = std::function<void(const CloudReceipt&)>;

/// What is known of one worker.
struct WorkerState {
  std::string address;
  std::string name;  ///< as it calls itself; empty until it was reached
  bool connected = false;
  std::uint64_t results = 0, nacks = 0, timeouts = 0, late = 0;
  double service_ms = 0, round_trip_ms = 0;
};

struct CloudTraffic {
  std::uint64_t bytes_up = 0, bytes_down = 0;
  DispatchCounters requests;
};

struct CloudQuestion;

/// A question that is under way. A handle; the question goes on when all of them are gone. Thread-safe.
class CloudTicket {
 public:
  CloudTicket() = default;

  bool done() const;  ///< whether wait() returns at once

  /// How it ended, as soon as it has; to be called once. It has ended at the latest when its budget is over.
  CloudAnswer wait();

 private:
  friend class CloudClient;
  explicit CloudTicket(std::shared_ptr<CloudQuestion> question) : question_(std::move(question)) {}
  std::shared_ptr<CloudQuestion> question_;
};

/// A device's connections to its workers and the dispatcher over them, on a thread of their own. Workers may come and
/// go; lost connections are opened again. The list is looked at twice a second: who is new on it is connected to, who
/// is gone is sent nothing more, may answer what it has (for 30 s at most), and is left. Thread-safe.
class CloudClient {
 public:
  /// Code::not_found or Code::invalid: workers behind a NATS server, and a credentials file that cannot be used.
  static Result<std::unique_ptr<CloudClient>> create(CloudClientOptions options);
  ~CloudClient();  ///< ends open requests as nack "stopped"

  /// Sends a body to a worker that offers the service and waits for how it ends, at most for `budget`
  /// (Duration::max(): until a worker answers or none is left). Newer requests have a higher `order`.
  CloudAnswer ask(std::uint32_t service, std::shared_ptr<const Body> body, Duration budget, std::uint64_t order);

  /// The same without waiting. Of two requests that wait to be sent, the one of higher priority goes first. `receipt`
  /// is called once, on the client's own thread, and not after an answer in time can be had from the ticket.
  CloudTicket begin(std::uint32_t service, std::shared_ptr<const Body> body, Duration budget, std::uint64_t order,
                    std::uint8_t priority = 0, CloudReceiptHandler receipt = {});

  /// Whether some worker that offers the service was connected within this time.
  bool wait_for_worker(std::uint32_t service, Duration at_most);

  /// The latest reason why a worker could not be used, for an error message; empty when there was none.
  std::string last_problem() const;

  /// Ends all open requests as nack "stopped", and those to come.
  void stop();

  /// All that there have been: those of the options first, then those of the list in the order in which they came. Who
  /// is gone from the list keeps its place.
  std::vector<WorkerState> workers() const;
  CloudTraffic traffic() const;

 private:
  struct Impl;
  explicit CloudClient(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <unordered_map>

#include "transport/remote/cloud_client.hpp"

namespace weir {

/// One question and whoever waits for its answer.
struct CloudQuestion {
  Request request;
  std::shared_ptr<const Body> body;
  TimePoint asked{};  // by the loop's clock
  CloudReceiptHandler receipt;
  int sent_to = -1;  // the worker that has it, or had it last
  std::mutex mutex;
  std::condition_variable done;
  bool answered = false;
  CloudAnswer answer;

  void finish(CloudAnswer with, TimePoint now) {
    {
      const std::lock_guard lock(mutex);
      with.elapsed = now - asked;
      answer = std::move(with);
      answered = true;
    }
    done.notify_all();
  }
};

/// What a client is made of. Bound to the loop's thread, except where it says otherwise.
struct CloudClient::Impl final : DispatchActions, std::enable_shared_from_this<CloudClient::Impl> {
  class Worker;

  CloudClientOptions options;
  std::uint64_t session = 0;
  std::unique_ptr<Dispatcher> dispatcher;  // loop thread only, as all below
  std::vector<PeerView> views;
  std::vector<std::shared_ptr<Worker>> workers;
  std::unordered_map<RequestId, std::shared_ptr<CloudQuestion>> open;
  std::unordered_map<RequestId, std::shared_ptr<CloudQuestion>> overdue;  // have ended, but a worker has them yet
  InMessage* arriving = nullptr;  // the result that the dispatcher is being told of
  Duration arriving_service{};
  TimePoint armed = kNever;
  bool stopped = false;
  std::uint64_t turned_away = 0;     // requests that the dispatcher never saw
  std::vector<WorkerState> earlier;  // what was counted before each worker's present connection
  std::size_t named = 0;             // the first workers are of the options, and never leave
  bool leaving = false;              // a worker that is gone from the list has a connection yet
  TimePoint relieved_at{};           // then it goes, whether or not another one is there

  std::atomic<std::uint64_t> next_id{1};
  mutable std::mutex mutex;  // guards what other threads read
  std::condition_variable joined;
  std::vector<std::vector<bool>> offers;  // by worker and service
  std::vector<WorkerState> reports;
  CloudTraffic traffic;
  std::string problem;

  std::unique_ptr<LinkLoop> loop;  // last: its thread ends before what it uses

  void start();
  void ask(const std::shared_ptr<CloudQuestion>& question, Duration budget);
  void after_event();  ///< arms the timer and publishes the counters
  void publish();
  void note_problem(const std::string& text);
  void warn(const std::string& text) const;

  bool add(const Address& address);  ///< once; false when there were too many. No connection yet
  Worker* find(const Address& address) const;
  void tell_list_warnings();
  void watch_list();   ///< from now on
  void follow_list();  ///< it has changed
  void dismiss();      ///< goes on with those that leave

  bool send(PeerId worker, const Request& request, int attempt, Duration budget) override;
  bool cancel(PeerId worker, RequestId request) override;
  void ping(PeerId worker, std::uint64_t token) override;
  void finish(const Request& request, const Verdict& verdict) override;

  /// What is known of a request that has ended goes to who asked.
  void settle(const CloudQuestion& question, CloudReceipt::Fate fate);
  void settle_overdue(RequestId request, CloudReceipt::Fate fate);
  void give_up_overdue(PeerId worker);  ///< its connection is lost
  void forget_overdue(TimePoint now);   ///< those that no worker will say anything of any more
};

}  // namespace weir

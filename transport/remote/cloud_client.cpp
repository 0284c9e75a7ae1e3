// SPDX-License-Identifier: Apache-2.0
#include "transport/remote/cloud_client.hpp"

#include <algorithm>
#include <utility>

#include "transport/link/nats/nats_login.hpp"
#include "transport/remote/cloud_worker.hpp"
#include "transport/remote/session.hpp"

namespace weir {
namespace {

constexpr Duration kLongestOverdue = std::chrono::seconds(10);

double in_ms(Duration value) { return std::chrono::duration<double, std::milli>(value).count(); }

/// What a device can know to be wrong before it connects.
Status check_options(const CloudClientOptions& options) {
  const auto is_nats = [](const Address& worker) { return worker.scheme == Scheme::nats; };
  const bool any = std::any_of(options.workers.begin(), options.workers.end(), is_nats);
  return any ? check_nats_login(options.link.nats_credentials) : Status{};
}

}  // namespace

void CloudClient::Impl::start() {
  dispatcher = std::make_unique<Dispatcher>(options.dispatch, *this);
  for (const auto& worker : workers) worker->enlist();
  if (!options.list) return;
  if (workers.empty()) note_problem(options.list->path() + " names no worker yet");
  tell_list_warnings();
  watch_list();
}

void CloudClient::Impl::ask(const std::shared_ptr<CloudQuestion>& question, Duration budget) {
  const TimePoint now = loop->now();
  question->asked = now;
  forget_overdue(now);
  question->request.deadline = budget == Duration::max() ? kNever : now + budget;
  if (stopped || question->body->bytes > options.link.max_body) {
    ++turned_away;
    publish();
    settle(*question, CloudReceipt::Fate::unsent);
    question->finish({.ending = Ending::nack, .reason = stopped ? "stopped" : "too_large"}, now);
    return;
  }
  open.emplace(question->request.id, question);
  dispatcher->submit(question->request, now);
  after_event();
}

void CloudClient::Impl::after_event() {
  if (leaving) dismiss();
  const TimePoint next = dispatcher->next_event();
  if (next < armed) {
    armed = next;
    loop->call_at(next, [self = shared_from_this(), next] {
      if (self->armed == next) self->armed = kNever;
      if (self->stopped) return;
      self->dispatcher->tick(self->loop->now());
      self->after_event();
    });
  }
  publish();
}

void CloudClient::Impl::publish() {
  dispatcher->peers(views);
  const std::lock_guard lock(mutex);
  traffic.requests = dispatcher->counters();
  traffic.requests.submitted += turned_away;
  traffic.requests.nacks += turned_away;
  for (const PeerView& view : views) {
    WorkerState& report = reports[view.worker];
    const WorkerState& before = earlier[view.worker];
    report.results = before.results + view.results;
    report.nacks = before.nacks + view.nacks;
    report.timeouts = before.timeouts + view.timeouts;
    report.late = before.late + view.late;
    report.service_ms = in_ms(view.service);
    report.round_trip_ms = in_ms(view.round_trip);
  }
}

void CloudClient::Impl::note_problem(const std::string& text) {
  const std::lock_guard lock(mutex);
  problem = text;
}

bool CloudClient::Impl::send(PeerId worker, const Request& request, int attempt, Duration budget) {
  const auto question = open.find(request.id);
  if (question == open.end()) return false;
  OutMessage message;
  message.header.type = MessageType::work;
  message.header.id = request.id;
  message.header.priority = request.priority;
  message.header.attempt = static_cast<std::uint8_t>(std::min(attempt, 255));
  message.header.budget_us = to_budget_us(budget);
  message.body = question->second->body;
  if (!workers[worker]->send(std::move(message))) return false;
  question->second->sent_to = static_cast<int>(worker);
  return true;
}

bool CloudClient::Impl::cancel(PeerId worker, RequestId request) {
  if (workers[worker]->withdraw(request)) {
    const auto question = open.find(request);
    if (question != open.end() && question->second->sent_to == static_cast<int>(worker)) question->second->sent_to = -1;
    return true;
  }
  workers[worker]->send({.header = {.type = MessageType::cancel, .priority = 254, .id = request}});
  return false;
}

void CloudClient::Impl::ping(PeerId worker, std::uint64_t token) {
  workers[worker]->send({.header = {.type = MessageType::ping, .priority = 255, .id = token}});
}

void CloudClient::Impl::finish(const Request& request, const Verdict& verdict) {
  const auto found = open.find(request.id);
  if (found == open.end()) return;
  const std::shared_ptr<CloudQuestion> question = std::move(found->second);
  open.erase(found);
  CloudAnswer answer{.ending = verdict.ending, .reason = std::string(verdict.reason)};
  if (verdict.ending == Ending::result && arriving) {
    answer.worker = static_cast<int>(verdict.worker);
    answer.service = arriving_service;
    answer.message = std::move(*arriving);
    settle(*question, CloudReceipt::Fate::answered);
  } else if (question->sent_to < 0) {
    settle(*question, CloudReceipt::Fate::unsent);
  } else if (question->receipt) {
    overdue.emplace(request.id, question);
  }
  question->finish(std::move(answer), loop->now());
}

void CloudClient::Impl::settle(const CloudQuestion& question, CloudReceipt::Fate fate) {
  if (!question.receipt) return;
  CloudReceipt receipt{.fate = fate, .worker = question.sent_to, .elapsed = loop->now() - question.asked};
  if (fate == CloudReceipt::Fate::answered || fate == CloudReceipt::Fate::late) receipt.service = arriving_service;
  question.receipt(receipt);
}

void CloudClient::Impl::settle_overdue(RequestId request, CloudReceipt::Fate fate) {
  const auto found = overdue.find(request);
  if (found == overdue.end()) return;
  const std::shared_ptr<CloudQuestion> question = std::move(found->second);
  overdue.erase(found);
  settle(*question, fate);
}

void CloudClient::Impl::give_up_overdue(PeerId worker) {
  std::erase_if(overdue, [&](const auto& entry) {
    if (entry.second->sent_to != static_cast<int>(worker)) return false;
    settle(*entry.second, CloudReceipt::Fate::lost);
    return true;
  });
}

void CloudClient::Impl::forget_overdue(TimePoint now) {
  std::erase_if(overdue, [&](const auto& entry) {
    if (now - entry.second->asked < kLongestOverdue) return false;
    settle(*entry.second, CloudReceipt::Fate::lost);
    return true;
  });
}

CloudClient::CloudClient(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<CloudClient>> CloudClient::create(CloudClientOptions options) {
  if (Status status = check_options(options); !status) return fail(status.error());
  auto impl = std::make_shared<Impl>();
  auto loop = options.make_loop();
  if (!loop) return fail(loop.error());
  impl->options = std::move(options);
  for (const Address& worker : impl->options.workers) impl->add(worker);
  impl->named = impl->workers.size();
  if (impl->options.list) {
    for (const Address& worker : impl->options.list->workers()) impl->add(worker);
  }
  impl->session = random_session();
  impl->loop = std::move(*loop);
  impl->loop->post([impl] { impl->start(); });
  return std::unique_ptr<CloudClient>(new CloudClient(std::move(impl)));
}

CloudClient::~CloudClient() {
  stop();
  impl_->loop->stop();
}

CloudTicket CloudClient::begin(std::uint32_t service, std::shared_ptr<const Body> body, Duration budget,
                               std::uint64_t order, std::uint8_t priority, CloudReceiptHandler receipt) {
  const auto question = std::make_shared<CloudQuestion>();
  question->request.id = impl_->next_id.fetch_add(1);
  question->request.service = service;
  question->request.order = order;
  question->request.priority = priority;
  question->request.bytes = body->bytes;
  question->body = std::move(body);
  question->receipt = std::move(receipt);
  impl_->loop->dispatch([impl = impl_, question, budget] { impl->ask(question, budget); });
  return CloudTicket(question);
}

CloudAnswer CloudClient::ask(std::uint32_t service, std::shared_ptr<const Body> body, Duration budget,
                             std::uint64_t order) {
  return begin(service, std::move(body), budget, order).wait();
}

bool CloudTicket::done() const {
  const std::lock_guard lock(question_->mutex);
  return question_->answered;
}

CloudAnswer CloudTicket::wait() {
  std::unique_lock lock(question_->mutex);
  question_->done.wait(lock, [&] { return question_->answered; });
  return std::move(question_->answer);
}

bool CloudClient::wait_for_worker(std::uint32_t service, Duration at_most) {
  std::unique_lock lock(impl_->mutex);
  return impl_->joined.wait_for(lock, at_most, [&] {
    return std::any_of(impl_->offers.begin(), impl_->offers.end(),
                       [&](const std::vector<bool>& worker) { return service < worker.size() && worker[service]; });
  });
}

std::string CloudClient::last_problem() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->problem;
}

void CloudClient::stop() {
  std::mutex mutex;
  std::condition_variable done;
  bool over = false;
  impl_->loop->post([&, impl = impl_] {
    if (!impl->stopped && impl->dispatcher) {
      impl->stopped = true;
      impl->dispatcher->stop("stopped", impl->loop->now());
      impl->publish();
      for (const auto& [id, question] : std::exchange(impl->overdue, {})) {
        impl->settle(*question, CloudReceipt::Fate::lost);
      }
      for (const auto& worker : impl->workers) worker->close();
    }
    impl->stopped = true;
    const std::lock_guard lock(mutex);
    over = true;
    done.notify_all();
  });
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return over; });
}

std::vector<WorkerState> CloudClient::workers() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->reports;
}

CloudTraffic CloudClient::traffic() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->traffic;
}

}  // namespace weir

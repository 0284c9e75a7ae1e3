// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/nats_connection.hpp"

#include <pthread.h>
#include <signal.h>

#include <cstring>
#include <system_error>

#include "transport/link/send_queue.hpp"

namespace weir {
namespace {

using Shared = std::shared_ptr<NatsConnection>;

constexpr std::int64_t kSettleMs = 2000;         // for the server to say that it has done all
constexpr std::int64_t kLastWordsMs = 500;       // the same, when the connection ends
constexpr std::size_t kMostArrived = 256 << 20;  // bytes that wait for the loop; senders keep to their windows
constexpr int kPendingMessages = 1 << 20;        // in the library, before it drops some
constexpr int kPendingBytes = static_cast<int>(kMostArrived);
constexpr std::size_t kKeptPayload = std::size_t{1} << 20;

/// With a reply subject, the server says there when nobody is at the other one.
natsStatus publish_now(natsConnection* connection, const NatsRoute& route, std::span<const std::uint8_t> payload) {
  const auto bytes = static_cast<int>(payload.size());
  if (route.reply.empty()) return natsConnection_Publish(connection, route.to.c_str(), payload.data(), bytes);
  return natsConnection_PublishRequest(connection, route.to.c_str(), route.reply.c_str(), payload.data(), bytes);
}

Status ended_by_us() { return {Code::stopped, "closed by this side"}; }

}  // namespace

NatsConnection::NatsConnection(std::shared_ptr<LoopCore> core, NatsAccess access, Calls calls)
    : core_(std::move(core)), access_(std::move(access)), calls_(std::move(calls)) {}

void NatsConnection::start() {
  try {
    thread_ = std::thread([self = shared_from_this()] { self->run(); });
  } catch (const std::system_error& error) {
    ended_ = true;
    post([self = shared_from_this(), text = std::string(error.what())] {
      self->calls_.down({Code::unavailable, "no thread for a NATS connection: " + text});
      self->calls_ = {};
    });
  }
}

void NatsConnection::subscribe(std::string subject) { queue(Subscribe{std::move(subject)}); }
void NatsConnection::unsubscribe(std::string subject) { queue(Unsubscribe{std::move(subject)}); }
void NatsConnection::settle(std::function<void(Status)> done) { queue(Settle{std::move(done)}); }

void NatsConnection::publish(std::shared_ptr<const NatsRoute> route, OutMessage message, bool checked) {
  queue(Message{std::move(route), std::move(message), checked});
}

void NatsConnection::signal(std::shared_ptr<const NatsRoute> route, NatsControl control) {
  queue(Signal{std::move(route), control});
}

void NatsConnection::queue(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    if (ending_ || !lost_) return;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void NatsConnection::end() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
}

void NatsConnection::join() {
  if (thread_.joinable()) thread_.join();
}

bool NatsConnection::has_ended() const {
  const std::scoped_lock lock(mutex_);
  return ended_;
}

void NatsConnection::lose(Status why) {
  {
    const std::scoped_lock lock(mutex_);
    if (lost_) lost_ = std::move(why);
  }
  changed_.notify_one();
}

void NatsConnection::post(std::function<void()> call) { core_->post(std::move(call)); }

void NatsConnection::run() {
  pthread_setname_np(pthread_self(), "weir-nats");
  sigset_t broken_pipe;  // a server that has gone must be an error, not a signal
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  Status why = connect();
  if (why) why = work();
  close();
  nats_ReleaseThreadMemory();
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    if (lost_) lost_ = why;  // nothing is queued any more
    jobs_.clear();
  }
  post([self = shared_from_this(), why = std::move(why)] {
    self->calls_.down(why);
    self->calls_ = {};
  });
}

Status NatsConnection::connect() {
  auto options = make_nats_options(access_);
  if (!options) return options.error();
  natsOptions_SetErrorHandler(options->get(), &NatsConnection::on_error, this);
  auto closure = std::make_unique<Shared>(shared_from_this());
  natsOptions_SetClosedCB(options->get(), &NatsConnection::on_closed, closure.get());
  natsConnection* raw = nullptr;
  natsStatus status = natsConnection_Connect(&raw, options->get());
  // To one of some 150 servers that have just started, libnats 3.4 does not send its signature; the next attempt does.
  if (status == NATS_CONNECTION_AUTH_FAILED) status = natsConnection_Connect(&raw, options->get());
  if (status != NATS_OK) return nats_connect_error(access_, status);
  connection_.reset(raw);
  closure.release();  // on_closed() is the last callback and drops it
  post([self = shared_from_this(), most = natsConnection_GetMaxPayload(raw)] {
    if (self->calls_.up) self->calls_.up(static_cast<std::size_t>(std::max<std::int64_t>(0, most)));
  });
  return {};
}

/// Waits for jobs; false when the connection is to end.
bool NatsConnection::take(std::vector<Job>& jobs, Status& lost) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ending_ || !lost_ || !jobs_.empty(); });
  lost = lost_;
  jobs.clear();
  jobs.swap(jobs_);
  return lost.ok() && !jobs.empty();
}

Status NatsConnection::work() {
  std::vector<Job> jobs;
  Status lost;
  while (take(jobs, lost)) {
    for (Job& job : jobs) {
      const natsStatus status = std::visit([this](auto& any) { return perform(any); }, job);
      if (status != NATS_OK) {
        return {Code::unavailable, nats_server_text(access_.server) + ": " + nats_text(status)};
      }
    }
  }
  if (!lost) return lost;
  natsConnection_FlushTimeout(connection_.get(), kLastWordsMs);
  return ended_by_us();
}

natsStatus NatsConnection::perform(Message& job) {
  const auto header = seal_header(job.message, job.checked ? &check_ : nullptr);
  const std::size_t bytes = header.size() + (job.message.body ? job.message.body->bytes : 0);
  payload_.resize(bytes);
  std::memcpy(payload_.data(), header.data(), header.size());
  std::size_t at = header.size();
  if (job.message.body) {
    for (const Bytes& piece : job.message.body->pieces) {
      std::memcpy(payload_.data() + at, piece.view.data(), piece.view.size());
      at += piece.view.size();
    }
  }
  job.message.body.reset();
  const natsStatus status = publish_now(connection_.get(), *job.route, payload_);
  if (payload_.capacity() > kKeptPayload) payload_ = {};
  return status;
}

natsStatus NatsConnection::perform(const Signal& job) {
  const auto payload = encode(job.control);
  return publish_now(connection_.get(), *job.route, payload);
}

natsStatus NatsConnection::perform(const Subscribe& job) {
  natsSubscription* subscription = nullptr;
  auto closure = std::make_unique<Shared>(shared_from_this());
  natsStatus status = natsConnection_Subscribe(&subscription, connection_.get(), job.subject.c_str(),
                                               &NatsConnection::on_message, closure.get());
  if (status != NATS_OK) return status;
  status = natsSubscription_SetOnCompleteCB(subscription, &NatsConnection::drop_closure, closure.get());
  closure.release();
  if (status == NATS_OK) status = natsSubscription_SetPendingLimits(subscription, kPendingMessages, kPendingBytes);
  subscriptions_[job.subject] = subscription;
  return status;
}

natsStatus NatsConnection::perform(const Unsubscribe& job) {
  const auto found = subscriptions_.find(job.subject);
  if (found == subscriptions_.end()) return NATS_OK;
  natsSubscription_Destroy(found->second);
  subscriptions_.erase(found);
  return NATS_OK;
}

natsStatus NatsConnection::perform(const Settle& job) {
  const natsStatus status = natsConnection_FlushTimeout(connection_.get(), kSettleMs);
  if (status != NATS_OK) return status;
  const char* text = nullptr;
  Status settled;
  if (natsConnection_GetLastError(connection_.get(), &text) == NATS_NOT_PERMITTED) {
    settled = {Code::invalid, nats_server_text(access_.server) + ": " + (text != nullptr ? text : "not permitted") +
                                  "; grant it in the server's configuration (docs/wire.md names the subjects)"};
  }
  post([done = job.done, settled] { done(settled); });
  return NATS_OK;
}

void NatsConnection::close() {
  for (const auto& [subject, subscription] : subscriptions_) natsSubscription_Destroy(subscription);
  subscriptions_.clear();
  if (connection_) natsConnection_Close(connection_.get());
  connection_.reset();
}

void NatsConnection::on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  (*static_cast<Shared*>(closure))->receive(message);
  natsMsg_Destroy(message);
}

void NatsConnection::receive(natsMsg* message) {
  NatsArrival arrival;
  const auto bytes = static_cast<std::size_t>(std::max(0, natsMsg_GetDataLength(message)));
  if (natsMsg_IsNoResponders(message)) {
    arrival.kind = NatsArrival::Kind::nobody;
  } else {
    arrival =
        read_nats_payload({reinterpret_cast<const std::uint8_t*>(natsMsg_GetData(message)), bytes}, core_->pool());
  }
  arrival.token = last_part(natsMsg_GetSubject(message));
  if (const char* reply = natsMsg_GetReply(message)) arrival.reply = reply;
  if (arrived_bytes_.fetch_add(bytes) > kMostArrived) {
    lose({Code::unavailable, nats_server_text(access_.server) +
                                 ": more than 256 MiB wait to be read; too many devices send to this worker, or one "
                                 "keeps to no window"});
  }
  post([self = shared_from_this(), arrival = std::move(arrival), bytes]() mutable {
    self->arrived_bytes_ -= bytes;
    if (self->calls_.arrived) self->calls_.arrived(std::move(arrival));
  });
}

void NatsConnection::on_error(natsConnection* connection, natsSubscription*, natsStatus status, void* closure) {
  auto* const self = static_cast<NatsConnection*>(closure);  // lives until on_closed(), which comes after
  const char* detail = nullptr;
  if (connection != nullptr) natsConnection_GetLastError(connection, &detail);
  std::string text = nats_server_text(self->access_.server) + ": " + natsStatus_GetText(status);
  if (detail != nullptr && *detail != '\0') text += std::string(": ") + detail;
  if (status == NATS_NOT_PERMITTED) {
    self->post([shared = self->shared_from_this(), text = std::move(text)] {
      if (shared->calls_.not_permitted) shared->calls_.not_permitted(text);
    });
    return;
  }
  self->lose({Code::unavailable, std::move(text)});  // a slow consumer too: messages are missing
}

void NatsConnection::on_closed(natsConnection* connection, void* closure) {
  const auto self = *static_cast<Shared*>(closure);
  const char* detail = nullptr;
  if (connection != nullptr) natsConnection_GetLastError(connection, &detail);
  self->lose({Code::unavailable, nats_server_text(self->access_.server) + ": the NATS server has gone" +
                                     (detail != nullptr && *detail != '\0' ? std::string(": ") + detail : "")});
  drop_closure(closure);
}

void NatsConnection::drop_closure(void* closure) { delete static_cast<Shared*>(closure); }

}  // namespace weir

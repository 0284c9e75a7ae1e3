// SPDX-License-Identifier: Apache-2.0
#include "transport/remote/record_shipper.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "kernels/base/random.hpp"
#include "transport/link/link_rules.hpp"
#include "transport/link/nats/nats_login.hpp"
#include "transport/remote/session.hpp"

namespace weir {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kHeaderRoom = 128;  // for the id beside the body
constexpr double kFirstRetryMs = 100, kLastRetryMs = 5000;

std::string id_text(const RecordKey& key) { return std::to_string(key.session) + "-" + std::to_string(key.id); }

TimePoint time_now() { return TimePoint(std::chrono::duration_cast<Duration>(Steady::now().time_since_epoch())); }

}  // namespace

struct RecordShipper::Impl : std::enable_shared_from_this<RecordShipper::Impl> {
  explicit Impl(RecordShipperOptions wanted) : options(std::move(wanted)), random(session) {}

  void run();
  void ship(RecordStream& stream);
  Status send_some(RecordStream& stream);
  Status settle(std::deque<RecordAnswer> came);
  void wait_before_retry(const Status& why);
  void take(std::uint64_t of_life, RecordAnswer answer);
  bool all_stored() const { return journal->counters().waiting == 0; }

  const RecordShipperOptions options;
  const std::uint64_t session = random_session();  // names this life for ever, so it comes from no seed
  Random random;
  double retry_ms = kFirstRetryMs;

  mutable std::mutex mutex;  // of all below
  std::condition_variable changed;
  std::unique_ptr<Journal> journal;
  std::deque<RecordAnswer> answers;
  std::uint64_t life = 0;  // counts connections: what an earlier one answers does not count
  std::uint64_t next_id = 1;
  std::uint64_t stored = 0;
  std::string note;
  bool fresh = false;  // records that were not looked at yet
  bool connected = false;
  bool told_away = false;
  bool closing = false;
  Steady::time_point close_until = Steady::time_point::max();

  // Of the thread alone: what is under way, by its sequence in the journal.
  struct Open {
    RecordKey key;
    Steady::time_point sent;
  };
  std::map<std::uint64_t, Open> open;
  std::uint64_t last_sent = 0;

  std::thread thread;
};

/// Sends what there is room for; the lock is not held while the network is waited for.
Status RecordShipper::Impl::send_some(RecordStream& stream) {
  while (open.size() < options.most_open) {
    std::unique_lock lock(mutex);
    auto next = journal->next_waiting(last_sent);
    if (!next) return next.error();
    if (!*next) {
      fresh = false;
      return {};
    }
    lock.unlock();
    const JournalRecord& record = **next;
    last_sent = record.sequence;
    open[record.sequence] = {record.key, Steady::now()};
    if (record.body.view.size() + kHeaderRoom > stream.max_payload()) {
      const std::scoped_lock again(mutex);
      note = "a record of " + std::to_string(record.body.view.size()) +
             " bytes stays in the journal: the server takes " + std::to_string(stream.max_payload()) +
             "; raise max_payload in its configuration";
      open.erase(record.sequence);
      continue;
    }
    if (Status status = stream.publish(record.sequence, id_text(record.key), record.body.view); !status) return status;
  }
  return {};
}

/// Marks what the server has; the lock is held.
Status RecordShipper::Impl::settle(std::deque<RecordAnswer> came) {
  for (const RecordAnswer& answer : came) {
    if (!answer.status) return answer.status;
    const auto found = open.find(answer.token);
    if (found == open.end()) continue;
    if (Status status = journal->acknowledge(found->second.key, time_now()); !status) return status;
    ++stored;
    open.erase(found);
  }
  return {};
}

/// Until the connection is of no more use, or the work is done.
void RecordShipper::Impl::ship(RecordStream& stream) {
  for (;;) {
    Status status = send_some(stream);
    std::unique_lock lock(mutex);
    if (status) {
      const auto until =
          open.empty() ? close_until : std::min(close_until, open.begin()->second.sent + options.answer_timeout);
      const auto ready = [this, was_closing = closing] {
        return !answers.empty() || (fresh && open.size() < options.most_open) || closing != was_closing ||
               (closing && all_stored());
      };
      if (until == Steady::time_point::max()) {
        changed.wait(lock, ready);
      } else {
        changed.wait_until(lock, until, ready);
      }
      status = settle(std::exchange(answers, {}));
      if (status) status = journal->tick(time_now());
      if (status && !open.empty() && Steady::now() - open.begin()->second.sent > options.answer_timeout) {
        status = {Code::unavailable, "the server did not answer a record in time"};
      }
    }
    if (closing && (all_stored() || Steady::now() >= close_until)) return;
    if (status) continue;
    lock.unlock();
    return wait_before_retry(status);
  }
}

void RecordShipper::Impl::wait_before_retry(const Status& why) {
  std::unique_lock lock(mutex);
  connected = false;
  if (!std::exchange(told_away, true)) note = "records wait in the journal: " + why.error().text + "; trying again";
  const double wait = retry_ms * random.uniform(1.0, 1.5);
  retry_ms = std::min(2 * retry_ms, kLastRetryMs);
  const auto until =
      std::min(close_until, Steady::now() + std::chrono::microseconds(static_cast<std::int64_t>(wait * 1000)));
  changed.wait_until(lock, until, [this, was_closing = closing] { return closing != was_closing; });
}

void RecordShipper::Impl::take(std::uint64_t of_life, RecordAnswer answer) {
  const std::scoped_lock lock(mutex);
  if (of_life != life) return;
  answers.push_back(std::move(answer));
  changed.notify_all();
}

void RecordShipper::Impl::run() {
  for (;;) {
    {
      const std::scoped_lock lock(mutex);
      if (closing && (all_stored() || Steady::now() >= close_until)) return;
      answers.clear();
      ++life;
    }
    open.clear();
    last_sent = 0;  // what was under way goes again; the server knows what it has
    auto stream = RecordStream::open(*options.stream, [weak = weak_from_this(), of_life = life](RecordAnswer answer) {
      if (const auto self = weak.lock()) self->take(of_life, std::move(answer));
    });
    if (!stream) {
      wait_before_retry(stream.error());
      continue;
    }
    {
      const std::scoped_lock lock(mutex);
      connected = true;
      if (std::exchange(told_away, false)) note = "the server of the records is there again";
    }
    retry_ms = kFirstRetryMs;
    ship(**stream);
  }
}

RecordShipper::RecordShipper(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
RecordShipper::~RecordShipper() {
  if (!impl_) return;
  [[maybe_unused]] const Status ignored = close(Duration(0));
  // A late answer may still hold the rest; the journal's folder must be free for whoever opens it next.
  const std::scoped_lock lock(impl_->mutex);
  impl_->journal.reset();
}

Result<std::unique_ptr<RecordShipper>> RecordShipper::open(RecordShipperOptions options) {
  if (options.stream) {
    LinkOptions rules;
    rules.tls = options.stream->tls;
    if (Status status = may_connect(options.stream->server, rules); !status) return fail(status.error());
    if (Status status = check_nats_login(options.stream->credentials); !status) return fail(status.error());
  }
  auto impl = std::make_shared<Impl>(std::move(options));
  auto journal = Journal::open(impl->options.journal);
  if (!journal) return fail(journal.error());
  impl->journal = std::move(*journal);
  std::unique_ptr<RecordShipper> shipper(new RecordShipper(std::move(impl)));
  Impl& self = *shipper->impl_;
  try {
    if (self.options.stream) self.thread = std::thread([&self] { self.run(); });
  } catch (const std::system_error& error) {
    return fail(Code::unavailable, std::string("no thread for sending records: ") + error.what());
  }
  return shipper;
}

Status RecordShipper::record(std::int64_t time_us, const Body& body) {
  const std::scoped_lock lock(impl_->mutex);
  const auto added = impl_->journal->append({impl_->session, impl_->next_id}, time_us, body, time_now());
  if (!added) return added.error();
  ++impl_->next_id;
  impl_->fresh = true;
  impl_->changed.notify_all();
  return {};
}

std::string RecordShipper::take_note() {
  const std::scoped_lock lock(impl_->mutex);
  return std::exchange(impl_->note, {});
}

Status RecordShipper::close(Duration at_most) {
  {
    const std::scoped_lock lock(impl_->mutex);
    if (impl_->closing) return {};
    impl_->closing = true;
    impl_->close_until = Steady::now() + std::chrono::nanoseconds(at_most);
    impl_->changed.notify_all();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
  const std::scoped_lock lock(impl_->mutex);
  return impl_->journal->sync();
}

RecordCounters RecordShipper::counters() const {
  const std::scoped_lock lock(impl_->mutex);
  const JournalCounters kept = impl_->journal->counters();
  return {impl_->next_id - 1, impl_->stored, kept.waiting, kept.dropped, impl_->connected};
}

}  // namespace weir

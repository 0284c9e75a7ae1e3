// SPDX-License-Identifier: Apache-2.0
#include <condition_variable>
#include <mutex>

#include "bench/common/machine.hpp"
#include "bench/common/reporter.hpp"
#include "bench/wire/child.hpp"
#include "bench/wire/exchange.hpp"
#include "bench/wire/pace.hpp"
#include "kernels/base/tensor.hpp"

namespace weir::bench {
namespace {

struct Block {
  explicit Block(std::size_t bytes) { tensor.resize(DType::u8, {static_cast<std::int64_t>(bytes)}); }
  Tensor tensor;
};

/// A body as stages make it: a little that describes, then one tensor.
std::shared_ptr<const Body> body_of(std::size_t bytes) {
  constexpr std::size_t kFacts = 60;
  const auto memory = std::make_shared<Block>(bytes);
  auto values = memory->tensor.as<std::uint8_t>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * 7);
  auto body = std::make_shared<Body>();
  body->append({values.first(kFacts), memory});
  body->append({values.subspan(kFacts), memory});
  return body;
}

LinkOptions options_of(const Exchange& exchange) {
  LinkOptions options;
  options.check_bodies = exchange.check;
  options.congestion = kCongestion;
  options.tls = exchange.tls;
  options.connect_timeout = std::chrono::seconds(60);
  return options;
}

Address listen_address(const Exchange& exchange) {
  Address address;
  address.scheme = exchange.scheme;
  address.host = "127.0.0.1";
  if (exchange.scheme == Scheme::unix_socket) address.name = exchange.folder + "/link";
  return address;
}

/// Lets a thread wait for the loop's.
class Signal {
 public:
  void set(Status status = {}) {
    const std::scoped_lock lock(mutex_);
    ++count_;
    if (!status.ok()) status_ = std::move(status);
    changed_.notify_all();
  }
  /// Waits until it was set so often, or with an error.
  Status wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= count || !status_.ok(); });
    return status_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
  Status status_;
};

class Answerer final : public LinkEvents {
 public:
  void on_message(Link& link, InMessage message) override {
    OutMessage answer{message.header, reply_};
    answer.header.type = MessageType::result;
    link.send(std::move(answer));
  }
  void on_close(Link&, const Status&) override { closed.set(); }

  Signal closed;

 private:
  std::shared_ptr<const Body> reply_ = body_of(kReplyBytes);
};

Result<Child> start_answerer(const Exchange& exchange) {
  return Child::start([&](const auto& ready) {
    auto loop = LinkLoop::create();
    if (!loop) return;
    const auto events = std::make_shared<Answerer>();
    const auto listener = (*loop)->listen(listen_address(exchange), options_of(exchange), [&] { return events; });
    if (!listener) {
      note(listener.error().text);
      return;
    }
    ready((*listener)->address().text());
    static_cast<void>(events->closed.wait(1));
  });
}

class Asker final : public LinkEvents {
 public:
  explicit Asker(const Exchange& exchange) : exchange_(exchange), body_(body_of(exchange.bytes)) {}

  void on_open(Link& link) override {
    link_ = &link;
    opened.set();
  }
  void on_message(Link& link, InMessage) override {
    const double now = wall_seconds();
    ++answered_;
    if (exchange_.per_second > 0) {
      answered_at.push_back(now);
      answers.set();
    } else if (sent_ < exchange_.messages) {
      ask(link);
    } else if (answered_ == exchange_.messages) {
      answers.set();
    }
  }
  void on_close(Link&, const Status& why) override {
    opened.set(why);
    answers.set(why);
  }

  void start() {
    while (sent_ < exchange_.window) ask(*link_);
  }
  void ask_one() { ask(*link_); }

  Signal opened, answers;
  std::vector<double> answered_at;

 private:
  void ask(Link& link) {
    OutMessage message{{}, body_};
    message.header.type = MessageType::work;
    message.header.id = sent_++;
    link.send(std::move(message));
  }

  const Exchange& exchange_;
  std::shared_ptr<const Body> body_;
  Link* link_ = nullptr;
  std::size_t sent_ = 0, answered_ = 0;
};

/// Sends from the thread of the caller, as a stage does, one message a period.
Status ask_paced(LinkLoop& loop, Asker& asker, const Exchange& exchange, std::vector<double>& latency_ms) {
  std::vector<double> sent_at;
  Pace pace(exchange.per_second, exchange.phase);
  for (std::size_t i = 0; i < exchange.messages; ++i) {
    sent_at.push_back(pace.wait());
    loop.dispatch([&asker] { asker.ask_one(); });
    if (Status status = asker.answers.wait(i + 1); !status) return status;
  }
  for (std::size_t i = 0; i < exchange.messages; ++i) latency_ms.push_back((asker.answered_at[i] - sent_at[i]) * 1e3);
  return {};
}

}  // namespace

Result<Outcome> exchange_by_link(const Exchange& exchange) {
  const double cpu_before = family_cpu_seconds();
  Outcome outcome;
  {
    const auto child = start_answerer(exchange);
    if (!child) return fail(child.error());
    auto loop = LinkLoop::create();
    if (!loop) return fail(loop.error());
    const auto asker = std::make_shared<Asker>(exchange);
    const auto link = (*loop)->connect(*parse_address(child->line()), options_of(exchange), asker);
    if (Status status = asker->opened.wait(1); !status) return fail(status.error());
    const double start = wall_seconds();
    if (exchange.per_second > 0) {
      if (Status status = ask_paced(**loop, *asker, exchange, outcome.latency_ms); !status) {
        return fail(status.error());
      }
    } else {
      (*loop)->post([&] { asker->start(); });
      if (Status status = asker->answers.wait(1); !status) return fail(status.error());
    }
    outcome.seconds = wall_seconds() - start;
    loop->reset();  // closes the link, which ends the child
  }
  outcome.cpu_seconds = family_cpu_seconds() - cpu_before;
  return outcome;
}

}  // namespace weir::bench

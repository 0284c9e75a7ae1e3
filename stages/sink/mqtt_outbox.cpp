// SPDX-License-Identifier: Apache-2.0
#include "stages/sink/mqtt_outbox.hpp"

#include <mqtt/async_client.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kInFlight = 16;  // sent but not acknowledged
constexpr Duration kFirstPause = milliseconds(500);
constexpr Duration kLongestPause = seconds(30);
constexpr Duration kCloseLimit = seconds(2);
constexpr seconds kConnectTimeout{5};
constexpr seconds kKeepAlive{15};

struct Message {
  std::string topic;
  std::string payload;
};

std::string connect_reason(int code, bool tls) {
  switch (code) {
    case 1:
      return "it does not speak MQTT 3.1.1";
    case 2:
      return "it refuses the client id";
    case 3:
      return "it is not ready";
    case 4:
      return "it refuses the user or password";
    case 5:
      return "it does not let this user in";
    default:
      return tls ? "no connection, or its certificate is not accepted" : "no connection";
  }
}

}  // namespace

struct MqttOutbox::Impl {
  Impl(MqttOptions wanted, Clock& time) : options(std::move(wanted)), clock(time), random(options.seed) {}

  const MqttOptions options;
  Clock& clock;
  Random random;

  mutable std::mutex
      mutex;  // guards what follows; never held while paho is called, which calls back under its own lock
  std::condition_variable changed;
  std::deque<Message> pending;
  std::deque<Message> in_flight;
  std::vector<Message> spare;  // for their memory
  std::optional<int> connect_code;
  bool lost = false;
  bool connected = false;
  bool away = false;  // the user has been told so
  bool slow = false;  // likewise
  std::string note;
  std::string reason;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t dropped_before = 0;

  std::atomic<bool> closing{false};  // send what is there, then end
  std::atomic<bool> give_up{false};  // end now
  std::atomic<bool> finished{false};
  std::thread thread;

  // Answers of paho's threads.
  struct OnConnect final : mqtt::iaction_listener {
    explicit OnConnect(Impl& impl) : my(impl) {}
    void on_success(const mqtt::token&) override {
      my.set([&] { my.connect_code = 0; });
    }
    void on_failure(const mqtt::token& token) override {
      const int code = token.get_return_code();
      my.set([&] { my.connect_code = code == 0 ? -1 : code; });
    }
    Impl& my;
  };
  struct OnPublish final : mqtt::iaction_listener {
    explicit OnPublish(Impl& impl) : my(impl) {}
    void on_success(const mqtt::token&) override {
      my.set([&] { my.acknowledge(); });
    }
    void on_failure(const mqtt::token&) override {
      my.set([&] { my.lost = true; });
    }
    Impl& my;
  };
  OnConnect on_connect{*this};
  OnPublish on_publish{*this};

  template <typename Change>
  void set(const Change& change) {
    {
      const std::lock_guard lock(mutex);
      change();
    }
    changed.notify_all();
  }

  std::string broker() const { return options.host + ":" + std::to_string(options.port); }

  // A broker acknowledges in the order of sending. With the mutex.
  void acknowledge() {
    if (in_flight.empty()) return;
    spare.push_back(std::move(in_flight.front()));
    in_flight.pop_front();
    ++delivered;
  }

  mqtt::connect_options connect_options() const;
  bool connect(std::unique_ptr<mqtt::async_client>& client);
  void serve(mqtt::async_client& client);
  bool send_next(mqtt::async_client& client, std::unique_lock<std::mutex>& lock);
  void run();
  void came_back();
  void went_away();
};

mqtt::connect_options MqttOutbox::Impl::connect_options() const {
  mqtt::connect_options_builder builder;
  builder.clean_session(true).connect_timeout(kConnectTimeout).keep_alive_interval(kKeepAlive);
  builder.mqtt_version(MQTTVERSION_3_1_1);
  if (!options.user.empty()) builder.user_name(options.user).password(options.password);
  if (options.tls) {
    mqtt::ssl_options ssl;
    if (!options.ca_file.empty()) ssl.set_trust_store(options.ca_file);
    ssl.set_enable_server_cert_auth(true);
    ssl.set_verify(true);
    builder.ssl(ssl);
  }
  return builder.finalize();
}

// With the mutex.
void MqttOutbox::Impl::came_back() {
  connected = true;
  if (!away) return;
  away = false;
  const std::uint64_t missing = dropped - dropped_before;
  note = "MQTT broker " + broker() + " is there; " +
         (missing > 0 ? std::to_string(missing) +
                            " answers were dropped while it was away (buffer: " + std::to_string(options.buffer) + ")"
                      : "no answer was lost");
}

// With the mutex.
void MqttOutbox::Impl::went_away() {
  connected = false;
  while (!in_flight.empty()) {  // to be sent again, in order
    pending.push_front(std::move(in_flight.back()));
    in_flight.pop_back();
  }
  if (std::exchange(away, true)) return;
  dropped_before = dropped;
  note = "MQTT broker " + broker() + " is away (" + reason + "); the newest " + std::to_string(options.buffer) +
         " answers are kept and sent when it is there";
}

bool MqttOutbox::Impl::connect(std::unique_ptr<mqtt::async_client>& client) {
  set([&] {
    connect_code.reset();
    lost = false;
  });
  try {
    client = std::make_unique<mqtt::async_client>((options.tls ? "ssl://" : "tcp://") + broker(), "");
    client->set_connection_lost_handler([this](const std::string&) { set([&] { lost = true; }); });
    client->connect(connect_options(), nullptr, on_connect);
  } catch (const mqtt::exception& error) {
    const int code = error.get_return_code();
    set([&] { connect_code = code == 0 ? -1 : code; });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return connect_code.has_value() || give_up; });
  if (connect_code == 0) {
    came_back();
    return true;
  }
  reason = connect_reason(connect_code.value_or(-1), options.tls);
  went_away();
  return false;
}

bool MqttOutbox::Impl::send_next(mqtt::async_client& client, std::unique_lock<std::mutex>& lock) {
  in_flight.push_back(std::move(pending.front()));
  pending.pop_front();
  const Message& next = in_flight.back();
  const auto message = mqtt::make_message(next.topic, next.payload.data(), next.payload.size(), options.qos, false);
  lock.unlock();
  bool sent = true;
  try {
    client.publish(message, nullptr, on_publish);
  } catch (const mqtt::exception&) {
    sent = false;
  }
  lock.lock();
  return sent;
}

void MqttOutbox::Impl::serve(mqtt::async_client& client) {
  std::unique_lock lock(mutex);
  const auto can_send = [&] { return !pending.empty() && in_flight.size() < kInFlight; };
  const auto done = [&] { return lost || give_up || (closing && pending.empty() && in_flight.empty()); };
  while (!done()) {
    if (can_send()) {
      if (!send_next(client, lock)) lost = true;
    } else {
      changed.wait(lock, [&] { return done() || can_send(); });
    }
  }
}

void MqttOutbox::Impl::run() {
  std::unique_ptr<mqtt::async_client> client;
  Duration pause = kFirstPause;
  while (!give_up) {
    const bool last = closing;
    const bool reached = connect(client);
    if (reached) {
      serve(*client);
      pause = kFirstPause;
    }
    bool ended_well = false;
    set([&] { ended_well = !lost && reached; });
    if (ended_well) {
      try {
        client->disconnect(milliseconds(0));
      } catch (const mqtt::exception&) {  // it has gone by itself
      }
    }
    client.reset();
    if (ended_well || (last && !reached)) break;
    set([&] {
      if (reached) reason = "the connection broke";
      went_away();
    });
    const auto jittered =
        Duration(static_cast<Duration::rep>(static_cast<double>(pause.count()) * random.uniform(0.5, 1.0)));
    clock.wait_until(clock.now() + jittered, [&] { return closing.load(); });
    pause = std::min(2 * pause, kLongestPause);
  }
  finished = true;
  clock.notify();
}

MqttOutbox::MqttOutbox(MqttOptions options, Clock& clock) : impl_(std::make_unique<Impl>(std::move(options), clock)) {
  impl_->thread = std::thread([this] { impl_->run(); });
}

MqttOutbox::~MqttOutbox() { (void)close(); }

void MqttOutbox::post(std::string_view topic, std::string_view payload) {
  Impl& my = *impl_;
  my.set([&] {
    Message message;
    if (my.pending.size() >= my.options.buffer) {
      message = std::move(my.pending.front());
      my.pending.pop_front();
      ++my.dropped;
      if (!my.away && !std::exchange(my.slow, true)) {
        my.note = "MQTT broker " + my.broker() +
                  " takes answers more slowly than they come; the oldest are dropped (buffer: " +
                  std::to_string(my.options.buffer) + ")";
      }
    } else if (!my.spare.empty()) {
      message = std::move(my.spare.back());
      my.spare.pop_back();
    }
    message.topic = topic;
    message.payload = payload;
    my.pending.push_back(std::move(message));
  });
}

std::string MqttOutbox::take_note() {
  const std::lock_guard lock(impl_->mutex);
  return std::exchange(impl_->note, {});
}

std::uint64_t MqttOutbox::delivered() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->delivered;
}

std::uint64_t MqttOutbox::dropped() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->dropped;
}

bool MqttOutbox::connected() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connected;
}

Status MqttOutbox::close() {
  Impl& my = *impl_;
  if (!my.thread.joinable()) return {};
  my.set([&] { my.closing = true; });
  my.clock.notify();
  my.clock.wait_until(my.clock.now() + kCloseLimit, [&] { return my.finished.load(); });
  my.set([&] { my.give_up = true; });
  my.thread.join();
  const std::size_t left = my.pending.size() + my.in_flight.size();
  if (left == 0) return {};
  return {Code::unavailable, "host: the last " + std::to_string(left) + " answers did not reach the MQTT broker " +
                                 my.broker() + (my.reason.empty() ? "" : " (" + my.reason + ")") + ", " +
                                 std::to_string(my.dropped) +
                                 " were dropped before; start it, or correct host and port"};
}

}  // namespace weir

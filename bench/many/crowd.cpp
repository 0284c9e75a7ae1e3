// SPDX-License-Identifier: Apache-2.0
#include "bench/many/crowd.hpp"

#include <condition_variable>
#include <mutex>

#include "bench/cloud/worker_process.hpp"
#include "transport/wire/body_writer.hpp"

namespace weir::bench {
namespace {

constexpr std::size_t kRequestBytes = std::size_t{64} << 10;
constexpr int kAtATime = 4;  // that join together

std::shared_ptr<const Body> request_body() {
  const auto payload = std::make_shared<const std::vector<std::uint8_t>>(kRequestBytes);
  BodyWriter writer;
  writer.begin_map(4).key("service").text(kWork.name).key("stream").text("camera").key("frame").natural(0);
  writer.key("inputs").begin_array(1).binary({*payload, payload});
  return writer.finish();
}

class SimulatedCrowd final : public Crowd {
 public:
  SimulatedCrowd(std::unique_ptr<LinkLoop> loop, Address worker, LinkOptions options)
      : worker_(std::move(worker)), options_(std::move(options)), loop_(std::move(loop)) {
    wire::Hello hello;
    hello.name = "device";
    hello.services = {kWork};
    hello.max_body = options_.max_body;
    hello_ = wire::encode(hello);
  }
  ~SimulatedCrowd() override { loop_->stop(); }

  Status join(int devices) override {
    std::unique_lock lock(mutex_);
    to_join_ = devices;
    answered_ = 0;
    for (int i = 0; i < std::min(devices, kAtATime); ++i) connect_next();
    const bool all = changed_.wait_for(lock, std::chrono::minutes(2), [&] { return answered_ == devices || !why_; });
    if (!why_) return why_;
    if (all) return {};
    return {Code::unavailable, "only " + std::to_string(answered_) + " devices were answered within two minutes"};
  }

 private:
  struct Device final : LinkEvents {
    explicit Device(SimulatedCrowd& of) : crowd(of) {}
    void on_open(Link& link) override { link.send({.header = {.type = MessageType::hello}, .body = crowd.hello_}); }
    void on_message(Link& link, InMessage message) override {
      if (message.header.type == MessageType::hello_ack) {
        link.send({.header = {.type = MessageType::work, .budget_us = UINT32_MAX, .id = 1}, .body = crowd.request_});
      } else {
        crowd.had_answer(message.header.type == MessageType::result);
      }
    }
    void on_close(Link&, const Status& why) override { crowd.lost(why); }

    SimulatedCrowd& crowd;
  };

  void connect_next() {
    if (to_join_ == 0) return;
    --to_join_;
    links_.push_back(loop_->connect(worker_, options_, std::make_shared<Device>(*this)));
  }

  void had_answer(bool good) {
    const std::lock_guard lock(mutex_);
    if (!good) why_ = {Code::unavailable, "the worker refused a request"};
    ++answered_;
    connect_next();
    changed_.notify_all();
  }

  void lost(const Status& why) {
    const std::lock_guard lock(mutex_);
    why_ = why;
    changed_.notify_all();
  }

  const Address worker_;
  const LinkOptions options_;
  std::shared_ptr<const Body> hello_;
  const std::shared_ptr<const Body> request_ = request_body();
  std::mutex mutex_;  // of the rest
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Link>> links_;
  int to_join_ = 0, answered_ = 0;
  Status why_;
  std::unique_ptr<LinkLoop> loop_;  // last: its thread ends before what it uses
};

}  // namespace

Result<std::unique_ptr<Crowd>> Crowd::create(Address worker, LinkOptions options) {
  auto loop = LinkLoop::create();
  if (!loop) return fail(loop.error());
  return std::make_unique<SimulatedCrowd>(std::move(*loop), std::move(worker), std::move(options));
}

}  // namespace weir::bench

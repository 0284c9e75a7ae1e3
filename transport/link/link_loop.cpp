// SPDX-License-Identifier: Apache-2.0
#include "transport/link/inproc_link.hpp"
#include "transport/link/link.hpp"
#include "transport/link/link_rules.hpp"
#include "transport/link/loop_core.hpp"
#include "transport/link/nats/nats_links.hpp"
#include "transport/link/stream_link.hpp"
#include "transport/link/stream_listener.hpp"

namespace weir {
namespace {

class Loop final : public LinkLoop {
 public:
  explicit Loop(std::shared_ptr<LoopCore> core) : core_(std::move(core)) {}
  ~Loop() override { Loop::stop(); }

  void stop() override {
    core_->stop();
    nats_->stop();
  }

  TimePoint now() const override { return core_->now(); }
  void post(std::function<void()> call) override { core_->post(std::move(call)); }
  void dispatch(std::function<void()> call) override { core_->dispatch(std::move(call)); }
  void call_at(TimePoint when, std::function<void()> call) override { core_->call_at(when, std::move(call)); }

  std::shared_ptr<Link> connect(const Address& to, const LinkOptions& options,
                                std::shared_ptr<LinkEvents> events) override {
    if (to.scheme == Scheme::inproc) return connect_inproc(core_, to, options, std::move(events));
    if (to.scheme == Scheme::nats) return nats_->connect(to, options, std::move(events));
    auto setup = std::make_shared<const StreamLinkSetup>(StreamLinkSetup{to, options, contexts_});
    auto link = std::make_shared<StreamLink>(core_, std::move(setup), std::move(events));
    core_->post([link] { link->connect(); });
    return link;
  }

  Result<std::unique_ptr<Listener>> listen(const Address& at, const LinkOptions& options,
                                           std::function<std::shared_ptr<LinkEvents>()> accept) override {
    if (Status status = may_listen(at, options); !status) return fail(status.error());
    if (at.scheme == Scheme::inproc) return listen_inproc(core_, at, options, std::move(accept));
    if (at.scheme == Scheme::nats) return nats_->listen(at, options, std::move(accept));
    return listen_on_socket(core_, {at, options, contexts_}, std::move(accept));
  }

 private:
  const std::shared_ptr<LoopCore> core_;
  const std::shared_ptr<TlsContexts> contexts_ = std::make_shared<TlsContexts>();
  const std::shared_ptr<NatsLinks> nats_ = std::make_shared<NatsLinks>(core_);
};

}  // namespace

Result<std::unique_ptr<LinkLoop>> LinkLoop::create() {
  auto core = LoopCore::create();
  if (!core) return fail(core.error());
  return std::make_unique<Loop>(std::move(*core));
}

}  // namespace weir

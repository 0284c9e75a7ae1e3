// SPDX-License-Identifier: Apache-2.0
#include "transport/dispatch/dispatcher.hpp"

#include <utility>

#include "transport/dispatch/dispatch_core.hpp"

namespace weir {

struct Dispatcher::Impl : DispatchCore {
  using DispatchCore::DispatchCore;

  /// One call about a worker: `change` is done if the worker is known.
  template <typename Change>
  void about(PeerId worker, TimePoint now, const Change& change) {
    enter(now);
    if (DispatchPeer* known = peer(worker)) change(*known);
    advance();
  }
};

Dispatcher::Dispatcher(const DispatchOptions& options, DispatchActions& actions)
    : impl_(std::make_unique<Impl>(options, actions)) {}
Dispatcher::~Dispatcher() = default;

void Dispatcher::submit(const Request& request, TimePoint now) {
  impl_->enter(now);
  impl_->submit(request);
  impl_->advance();
}

void Dispatcher::peer_up(PeerId worker, const PeerFacts& facts, TimePoint now) {
  impl_->enter(now);
  impl_->lost(worker);  // of its life before, if there was one
  impl_->ping(impl_->peers.emplace_back(worker, facts, impl_->now()));
  impl_->advance();
}

void Dispatcher::peer_down(PeerId worker, TimePoint now) {
  impl_->enter(now);
  impl_->lost(worker);
  impl_->advance();
}

void Dispatcher::credit(PeerId worker, int messages, std::size_t bytes, TimePoint now) {
  impl_->about(worker, now, [&](DispatchPeer& peer) {
    impl_->heard(peer);
    peer.facts.messages = messages;
    peer.facts.bytes = bytes;
  });
}

void Dispatcher::draining(PeerId worker, TimePoint now) {
  impl_->about(worker, now, [&](DispatchPeer& peer) {
    impl_->heard(peer);
    peer.draining = true;
  });
}

void Dispatcher::heard(PeerId worker, TimePoint now) {
  impl_->about(worker, now, [&](DispatchPeer& peer) { impl_->heard(peer); });
}

void Dispatcher::pong(PeerId worker, std::uint64_t token, TimePoint now) {
  impl_->about(worker, now, [&](DispatchPeer& peer) { impl_->pong(peer, token); });
}

void Dispatcher::room(PeerId worker, TimePoint now) {
  impl_->about(worker, now, [&](DispatchPeer& peer) { peer.blocked_until = impl_->now(); });
}

bool Dispatcher::result(PeerId worker, RequestId request, Duration service, TimePoint now) {
  bool used = false, known = false;
  impl_->about(worker, now, [&](DispatchPeer& peer) {
    known = true;
    impl_->heard(peer);
    used = impl_->answered(peer, request, service);
  });
  if (!known) ++impl_->counters.late;
  return used;
}

void Dispatcher::nack(PeerId worker, RequestId request, std::string_view reason, Duration retry_after, TimePoint now) {
  impl_->about(worker, now, [&](DispatchPeer& peer) {
    impl_->heard(peer);
    impl_->refused(peer, request, reason, retry_after);
  });
}

TimePoint Dispatcher::next_event() const { return impl_->next_event(); }

void Dispatcher::tick(TimePoint now) {
  impl_->enter(now);
  impl_->advance();
}

void Dispatcher::stop(std::string_view reason, TimePoint now) {
  impl_->enter(now);
  impl_->end_all(reason);
  impl_->advance();
}

const DispatchCounters& Dispatcher::counters() const { return impl_->counters; }

void Dispatcher::peers(std::vector<PeerView>& views) const {
  views.resize(impl_->peers.size());
  auto view = views.begin();
  for (const DispatchPeer& peer : impl_->peers) {
    view->worker = peer.id;
    view->name = peer.facts.name;
    view->suspect = peer.liveness.suspect();
    view->draining = peer.draining;
    view->outstanding = static_cast<int>(peer.attempts.size());
    view->results = peer.results;
    view->nacks = peer.nacks;
    view->timeouts = peer.timeouts;
    view->late = peer.late;
    view->service = peer.last_service_mean(impl_->options);
    view->round_trip = peer.round_trip().typical();
    ++view;
  }
}

}  // namespace weir

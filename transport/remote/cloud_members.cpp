// SPDX-License-Identifier: Apache-2.0
// Which workers a client has: those of its options for good, and those of a list as long as they are on it.
#include <algorithm>

#include "transport/remote/cloud_worker.hpp"

namespace weir {
namespace {

constexpr Duration kLook = std::chrono::milliseconds(500);  // from one look at the list to the next
constexpr std::size_t kMostEver = 10'000;  // addresses in one client's life; answers name them by number

}  // namespace

bool CloudClient::Impl::add(const Address& address) {
  if (find(address) != nullptr) return true;
  if (workers.size() == kMostEver) return false;
  workers.push_back(std::make_shared<Worker>(*this, static_cast<PeerId>(workers.size()), address));
  const std::lock_guard lock(mutex);
  offers.emplace_back(options.services.size(), false);
  reports.emplace_back().address = address.text();
  earlier.push_back(reports.back());
  return true;
}

CloudClient::Impl::Worker* CloudClient::Impl::find(const Address& address) const {
  const auto found =
      std::find_if(workers.begin(), workers.end(), [&](const auto& worker) { return worker->address() == address; });
  return found == workers.end() ? nullptr : found->get();
}

void CloudClient::Impl::warn(const std::string& text) const {
  if (options.warn) options.warn(text);
}

void CloudClient::Impl::tell_list_warnings() {
  for (const std::string& text : options.list->take_warnings()) {
    note_problem(text);
    warn(text);
  }
}

void CloudClient::Impl::watch_list() {
  loop->call_at(loop->now() + kLook, [self = shared_from_this()] {
    if (self->stopped) return;
    const bool changed = self->options.list->look();
    self->tell_list_warnings();
    if (changed) self->follow_list();
    self->watch_list();
  });
}

void CloudClient::Impl::follow_list() {
  const std::vector<Address>& list = options.list->workers();
  std::size_t added = 0, gone = 0;
  for (const auto& worker : workers) {
    const bool stays = std::find(list.begin(), list.end(), worker->address()) != list.end();
    if (stays || !worker->listed() || worker->id() < named) continue;
    worker->unlist();
    ++gone;
  }
  for (const Address& address : list) {
    if (!add(address)) {
      warn(options.list->path() + ": " + address.text() + " is not used: this run has had " +
           std::to_string(kMostEver) + " workers already; start it anew");
      continue;
    }
    Worker& worker = *find(address);
    if (worker.listed()) continue;
    worker.enlist();
    ++added;
  }
  warn(options.list->path() + " has changed: workers added " + std::to_string(added) + ", gone " +
       std::to_string(gone));
  if (gone > 0) {
    leaving = true;
    // Where new ones replace all the old ones, those do the work until one of the new ones is there.
    relieved_at = loop->now() + options.link.connect_timeout;
    loop->call_at(relieved_at, [self = shared_from_this()] {
      if (!self->stopped) self->after_event();
    });
  }
  after_event();
}

void CloudClient::Impl::dismiss() {
  const TimePoint now = loop->now();
  bool any_listed = false, any_up = false;
  for (const auto& worker : workers) {
    any_listed |= worker->listed();
    any_up |= worker->listed() && worker->up();
  }
  const bool relieved = !any_listed || any_up || now >= relieved_at;
  for (const auto& worker : workers) {
    if (relieved && !worker->listed()) worker->drain(now);
  }
  dispatcher->peers(views);
  leaving = false;
  for (const auto& worker : workers) {
    const auto view =
        std::find_if(views.begin(), views.end(), [&](const PeerView& one) { return one.worker == worker->id(); });
    worker->end_drain(view == views.end() ? 0 : view->outstanding, now);
    leaving |= worker->leaving();
  }
}

}  // namespace weir

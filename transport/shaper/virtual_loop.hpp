// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "transport/link/link.hpp"

namespace weir {

/// A loop in which time passes only when it is told to, for tests and simulations: everything runs on the caller's
/// thread, in the same order every time. Its links are inproc only, and take no time; a shaping loop on top gives them
/// some. Not thread-safe.
class VirtualLoop final : public LinkLoop {
 public:
  VirtualLoop();
  ~VirtualLoop() override;

  void stop() override;

  TimePoint now() const override { return now_; }
  void post(std::function<void()> call) override { call_at(now_, std::move(call)); }
  void call_at(TimePoint when, std::function<void()> call) override;
  std::shared_ptr<Link> connect(const Address& to, const LinkOptions& options,
                                std::shared_ptr<LinkEvents> events) override;
  Result<std::unique_ptr<Listener>> listen(const Address& at, const LinkOptions& options,
                                           std::function<std::shared_ptr<LinkEvents>()> accept) override;

  TimePoint next_event() const;  ///< kNever when nothing is due any more
  /// Runs what is due until then, in the order of time and among equal times as it came; then it is that time.
  void run_until(TimePoint end);

 private:
  class End;
  class Opening;
  struct Place;
  struct Timed {
    TimePoint when;
    std::uint64_t order;
    std::function<void()> call;
  };

  TimePoint now_{};
  std::uint64_t order_ = 0;
  std::vector<Timed> timed_;  // a heap, the earliest in front
  std::shared_ptr<std::map<std::string, std::shared_ptr<Place>>> places_;
  std::vector<std::shared_ptr<End>> ends_;  // that have not ended
};

}  // namespace weir

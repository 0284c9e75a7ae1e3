// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "transport/link/nats/nats_connection.hpp"

namespace weir {

class NatsLink;

/// A connection and the links that share it. Bound to the loop's thread. Whoever made it and its links keep it.
class NatsTrunk : public std::enable_shared_from_this<NatsTrunk> {
 public:
  struct Hooks {
    std::function<void()> up;
    std::function<void(const NatsArrival&)> stray;  ///< what is for no link; may be empty
    std::function<void(const Status& why)> down;    ///< after its links have ended; may be empty
  };

  NatsTrunk(std::shared_ptr<LoopCore> core, Hooks hooks) : core_(std::move(core)), hooks_(std::move(hooks)) {}
  void start(NatsAccess access);

  void add(const std::string& token, std::shared_ptr<NatsLink> link) { links_[token] = std::move(link); }
  std::shared_ptr<NatsLink> find(const std::string& token) const {
    const auto found = links_.find(token);
    return found == links_.end() ? nullptr : found->second;
  }
  /// The last link that goes ends the connection, once it is not wanted for others.
  void remove(const std::string& token);
  void not_wanted();

  bool is_up() const { return up_; }
  bool is_over() const { return over_; }
  bool checks_bodies() const { return checks_bodies_; }
  std::size_t max_payload() const { return max_payload_; }
  const std::shared_ptr<NatsConnection>& connection() const { return connection_; }

 private:
  std::vector<std::shared_ptr<NatsLink>> links() const;
  void came_up(std::size_t max_payload);
  void arrived(NatsArrival arrival);
  void not_permitted(const std::string& text);
  void went_down(const Status& why);
  void probe_silent_links();

  const std::shared_ptr<LoopCore> core_;
  Hooks hooks_;
  std::shared_ptr<NatsConnection> connection_;
  std::unordered_map<std::string, std::shared_ptr<NatsLink>> links_;
  std::size_t max_payload_ = 0;
  bool checks_bodies_ = true;
  bool up_ = false;
  bool over_ = false;
  bool wanted_ = true;
};

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "transport/link/link.hpp"

namespace weir::test {

/// Runs the call on the loop's thread and waits for it.
void on_loop(LinkLoop& loop, const std::function<void()>& call);

std::unique_ptr<LinkLoop> new_loop();

/// A folder of its own that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::filesystem::path path;
};

/// Certificates that scripts/make-certs makes for `name`.
TlsFiles make_certificates(const std::filesystem::path& folder, const std::string& name = "localhost");

/// What came over one link. Thread-safe.
class Recorder : public LinkEvents {
 public:
  void on_open(Link& link) override;
  void on_message(Link& link, InMessage message) override;
  void on_room(Link& link) override;
  void on_close(Link& link, const Status& why) override;

  /// Waits for what must come, and tells whether it came within a long time.
  bool wait_for(const std::function<bool()>& condition);  ///< called under the lock of this object
  bool wait_opened();
  bool wait_messages(std::size_t count);
  bool wait_closed();

  std::vector<std::uint64_t> ids();
  std::string why();
  Code code();

  /// From now on on_message() does not return before release().
  void hold();
  void release();

  std::function<void(Link&, InMessage)> on_each;  ///< instead of keeping messages
  std::function<void(Link&)> on_opened, when_room;
  std::vector<InMessage> messages;
  int opened = 0, closed = 0, rooms = 0;
  std::size_t received = 0;
  Link* link = nullptr;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Status why_;
  bool held_ = false;
};

/// How one kind of link is made.
struct LinkKind {
  std::string name;
  std::function<Address(const TemporaryFolder&)> address;
  std::function<void(const TemporaryFolder&, LinkOptions&)> complete = [](const TemporaryFolder&, LinkOptions&) {};
  int many = 1000;                                          ///< links at a time that its test can afford
  std::function<std::string()> absent = [] { return ""; };  ///< why it cannot be tested here; empty: it can
};

/// Every kind that this build has.
const std::vector<LinkKind>& link_kinds();

/// Two loops, one listening, and links from one to the other.
class LinkRig {
 public:
  explicit LinkRig(const LinkKind& kind, LinkOptions listening = {}, LinkOptions connecting = {});
  ~LinkRig();

  /// A link that is open at both ends.
  struct Pair {
    std::shared_ptr<Link> link;
    std::shared_ptr<Recorder> near, far;  ///< of the end that connected and of the one that accepted
  };
  Pair open(std::function<void(Recorder& near, Recorder& far)> prepare = {});
  std::shared_ptr<Link> connect(const std::shared_ptr<LinkEvents>& events);

  /// Sends from the end that connected; whether it was taken.
  bool send(Pair& pair, OutMessage message);
  bool send_back(Pair& pair, OutMessage message);

  TemporaryFolder folder;
  std::unique_ptr<LinkLoop> near_loop, far_loop;
  std::unique_ptr<Listener> listener;
  std::function<std::shared_ptr<LinkEvents>()> accept;  ///< what the listener asks; on the far loop's thread

 private:
  LinkOptions connecting_;
};

/// A message with `bytes` bytes that follow from its id, in pieces of at most `piece`.
OutMessage numbered(std::uint64_t id, std::size_t bytes, std::size_t piece = std::size_t{1} << 30);
/// Whether the body is the one that numbered() makes.
bool is_numbered(const InMessage& message, std::size_t bytes);

}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "transport/link/address.hpp"
#include "transport/wire/control.hpp"
#include "transport/wire/frame_header.hpp"

namespace weir::test {

/// A message as it stands on the wire, with its check unless that is told to be wrong.
std::vector<std::uint8_t> wire_bytes(FrameHeader header, std::span<const std::uint8_t> body, bool right_check = true);

std::vector<std::uint8_t> flat(const Body& body);

/// A worker that breaks the rules, over a plain TCP socket. It behaves well except for what its script does; one
/// connection at a time.
class RogueWorker {
 public:
  /// What came: true when the script has dealt with it.
  using Script = std::function<bool(RogueWorker&, const FrameHeader&)>;

  explicit RogueWorker(Script script);
  ~RogueWorker();

  Address address() const { return address_; }
  std::atomic<int> connections{0};
  std::atomic<int> works{0};  ///< requests that came

  /// To the present connection, from any thread.
  void write(std::span<const std::uint8_t> bytes);
  void send(MessageType type, std::uint64_t id, const std::shared_ptr<const Body>& body = nullptr);
  void send_result(std::uint64_t id, std::size_t payload_bytes = 100);
  void send_hello_ack(bool offered = true);
  void reset();  ///< closes so that the other side gets a reset

  /// From a script: reads nothing more until the test ends.
  void fall_silent() { silent_ = true; }

 private:
  void serve();
  void serve_connection(int connection);
  void behave(const FrameHeader& header);

  const Script script_;
  int listener_ = -1;
  Address address_;
  std::atomic<bool> silent_{false}, ending_{false};
  std::mutex mutex_;  // of the connection
  int connection_ = -1;
  std::thread thread_;
};

}  // namespace weir::test

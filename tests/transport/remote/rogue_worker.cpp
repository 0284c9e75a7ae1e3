// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/remote/rogue_worker.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/transport/remote/echo_worker.hpp"

namespace weir::test {
namespace {

constexpr int kPollMs = 5;  // how soon it sees that the test ends

}  // namespace

std::vector<std::uint8_t> wire_bytes(FrameHeader header, std::span<const std::uint8_t> body, bool right_check) {
  BodyCheck check;
  check.add(body);
  header.flags |= MessageFlags::checked;
  header.body_bytes = static_cast<std::uint32_t>(body.size());
  header.body_check = check.value() ^ (right_check ? 0U : 1U);
  const auto head = encode_header(header);
  std::vector<std::uint8_t> bytes(head.size() + body.size());
  std::copy(body.begin(), body.end(), std::copy(head.begin(), head.end(), bytes.begin()));
  return bytes;
}

std::vector<std::uint8_t> flat(const Body& body) {
  std::vector<std::uint8_t> bytes;
  for (const Bytes& piece : body.pieces) bytes.insert(bytes.end(), piece.view.begin(), piece.view.end());
  return bytes;
}

RogueWorker::RogueWorker(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&at), size), 0);
  EXPECT_EQ(listen(listener_, 16), 0);
  EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size), 0);
  address_ = *parse_address("tcp://127.0.0.1:" + std::to_string(ntohs(at.sin_port)));
  thread_ = std::thread([this] { serve(); });
}

RogueWorker::~RogueWorker() {
  ending_ = true;
  thread_.join();
  close(listener_);
}

void RogueWorker::serve() {
  while (!ending_) {
    pollfd ready{listener_, POLLIN, 0};
    if (poll(&ready, 1, kPollMs) <= 0) continue;
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const int yes = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    {
      const std::lock_guard lock(mutex_);
      connection_ = connection;
    }
    ++connections;
    serve_connection(connection);
    const std::lock_guard lock(mutex_);
    if (connection_ >= 0) close(connection_);
    connection_ = -1;
  }
}

void RogueWorker::serve_connection(int connection) {
  std::vector<std::uint8_t> input;
  std::array<std::uint8_t, 65536> buffer;
  while (!ending_) {
    pollfd ready{silent_ ? -1 : connection, POLLIN, 0};
    if (poll(&ready, 1, kPollMs) <= 0) continue;
    const ssize_t count = recv(connection, buffer.data(), buffer.size(), 0);
    if (count <= 0) return;
    input.insert(input.end(), buffer.data(), buffer.data() + count);
    while (input.size() >= kHeaderBytes) {
      const auto header = decode_header(std::span(input).first(kHeaderBytes), kMaxBodyBytes);
      if (!header) return;
      const std::size_t bytes = header->header_bytes + header->body_bytes;
      if (input.size() < bytes) break;
      input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(bytes));
      if (header->type == MessageType::work) ++works;
      if (!script_(*this, *header)) behave(*header);
      const std::lock_guard lock(mutex_);
      if (connection_ < 0) return;
    }
  }
}

void RogueWorker::behave(const FrameHeader& header) {
  switch (header.type) {
    case MessageType::hello:
      return send_hello_ack();
    case MessageType::work:
      return send_result(header.id);
    case MessageType::ping:
      return send(MessageType::pong, header.id);
    case MessageType::cancel:
      return send(MessageType::nack, header.id, wire::encode(wire::Nack{"cancelled", {}, ""}));
    default:
      return;
  }
}

void RogueWorker::write(std::span<const std::uint8_t> bytes) {
  const std::lock_guard lock(mutex_);
  while (!bytes.empty() && connection_ >= 0) {
    const ssize_t count = ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the device has closed, which it may do as soon as it sees something wrong
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void RogueWorker::send(MessageType type, std::uint64_t id, const std::shared_ptr<const Body>& body) {
  FrameHeader header;
  header.type = type;
  header.id = id;
  write(wire_bytes(header, body ? flat(*body) : std::vector<std::uint8_t>()));
}

void RogueWorker::send_result(std::uint64_t id, std::size_t payload_bytes) {
  const auto payload = std::make_shared<const std::vector<std::uint8_t>>(payload_bytes);
  BodyWriter writer;
  writer.begin_map(2).key("outputs").begin_array(1).binary({*payload, payload}).key("service_us").natural(100);
  send(MessageType::result, id, writer.finish());
}

void RogueWorker::send_hello_ack(bool offered) {
  wire::HelloAck ack;
  ack.name = "rogue";
  ack.services = {{kEcho.name, kEcho.fingerprint, offered, offered ? "" : "other_fingerprint"}};
  ack.bytes = std::size_t{16} << 20;
  ack.max_body = std::size_t{4} << 20;
  ack.heartbeat = std::chrono::milliseconds(100);
  send(MessageType::hello_ack, 0, wire::encode(ack));
}

void RogueWorker::reset() {
  const std::lock_guard lock(mutex_);
  const linger at_once{1, 0};
  setsockopt(connection_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(connection_);
  connection_ = -1;
}

}  // namespace weir::test

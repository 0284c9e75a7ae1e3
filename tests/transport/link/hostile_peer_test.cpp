// SPDX-License-Identifier: Apache-2.0
// What a link does with a peer that breaks the rules, over a plain socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/transport/link/link_rig.hpp"
#include "tests/transport/link/raw_socket.hpp"

namespace weir {
namespace {

using test::RawSocket;
using test::Recorder;
using testing::HasSubstr;

/// A loop that listens, and what the next peer makes of its link.
class HostilePeer : public testing::Test {
 protected:
  void listen(const LinkOptions& options = {}) {
    auto made = loop_->listen(*parse_address("tcp://127.0.0.1:0"), options, [this] { return events_; });
    ASSERT_TRUE(made);
    listener_ = std::move(*made);
    peer_ = std::make_unique<RawSocket>(listener_->address());
  }

  static std::vector<std::uint8_t> bytes_of(FrameHeader header, const std::vector<std::uint8_t>& body,
                                            std::size_t extra = 0) {
    header.body_bytes = static_cast<std::uint32_t>(body.size());
    header.header_bytes = static_cast<std::uint16_t>(kHeaderBytes + extra);
    const auto head = encode_header(header);
    std::vector<std::uint8_t> out(kHeaderBytes + extra + body.size(), 0xEE);
    std::copy(head.begin(), head.end(), out.begin());
    std::copy(body.begin(), body.end(), out.end() - static_cast<std::ptrdiff_t>(body.size()));
    return out;
  }

  void expect_refused(Code code, const std::string& text) {
    ASSERT_TRUE(events_->wait_closed());
    EXPECT_EQ(events_->code(), code) << events_->why();
    EXPECT_THAT(events_->why(), HasSubstr(text));
    EXPECT_THAT(events_->why(), HasSubstr("tcp://127.0.0.1:")) << "says who it was";
    EXPECT_TRUE(events_->messages.empty());
    EXPECT_TRUE(peer_->read(1).empty()) << "the socket is still open";
  }

  std::shared_ptr<Recorder> events_ = std::make_shared<Recorder>();
  std::unique_ptr<LinkLoop> loop_ = test::new_loop();
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<RawSocket> peer_;
};

TEST_F(HostilePeer, SpeaksSomethingElse) {
  listen();
  const std::string text = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: curious\r\n\r\n";
  peer_->write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  expect_refused(Code::invalid, "speaks something else");
}

TEST_F(HostilePeer, ChangesAHeader) {
  listen();
  auto bytes = bytes_of({}, {1, 2, 3});
  bytes[30] ^= 1;
  peer_->write(bytes);
  expect_refused(Code::invalid, "CRC32C");
}

TEST_F(HostilePeer, HasAnotherVersion) {
  listen();
  auto bytes = bytes_of({}, {});
  bytes[4] = 9;
  peer_->write(bytes);
  expect_refused(Code::unsupported, "version 9");
}

TEST_F(HostilePeer, ChangesABody) {
  listen();
  FrameHeader header;
  header.flags = MessageFlags::checked;
  header.id = 42;
  BodyCheck check;
  check.add(std::vector<std::uint8_t>(100000, 5));
  header.body_check = check.value();
  std::vector<std::uint8_t> body(100000, 5);
  body[77777] = 6;
  peer_->write(bytes_of(header, body));
  expect_refused(Code::corrupt, "message 42");
}

TEST_F(HostilePeer, AnnouncesMoreThanAgreed) {
  LinkOptions options;
  options.max_body = 1000;
  listen(options);
  FrameHeader header;
  header.body_bytes = 1001;
  const auto head = encode_header(header);
  peer_->write(head);
  expect_refused(Code::invalid, "1001 bytes");
}

TEST_F(HostilePeer, StopsInTheMiddle) {
  listen();
  auto bytes = bytes_of({}, std::vector<std::uint8_t>(1000, 1));
  bytes.resize(500);
  peer_->write(bytes);
  peer_->end_writing();
  expect_refused(Code::unavailable, "in the middle of a message");
}

TEST_F(HostilePeer, SaysNothing) {
  LinkOptions options;
  options.connect_timeout = std::chrono::milliseconds(50);
  listen(options);
  expect_refused(Code::unavailable, "no first message within");
}

TEST_F(HostilePeer, IsSlowWithTheFirstMessage) {
  LinkOptions options;
  options.connect_timeout = std::chrono::milliseconds(50);
  listen(options);
  auto bytes = bytes_of({}, {1, 2, 3});
  bytes.pop_back();
  peer_->write(bytes);
  expect_refused(Code::unavailable, "no first message within");
}

TEST_F(HostilePeer, Resets) {
  listen();
  peer_->write(bytes_of({}, {1, 2, 3}));
  ASSERT_TRUE(events_->wait_messages(1));
  peer_->reset();
  ASSERT_TRUE(events_->wait_closed());
  EXPECT_THAT(events_->why(), HasSubstr("cut the connection"));
}

TEST_F(HostilePeer, MaySendByteByByteAndLongHeadersAndWhatCanBeIgnored) {
  listen();
  FrameHeader unknown;
  unknown.type = static_cast<MessageType>(200);
  unknown.flags = MessageFlags::ignorable | 128;
  FrameHeader checked;
  checked.flags = MessageFlags::checked;
  BodyCheck check;
  const std::vector<std::uint8_t> body{9, 8, 7, 6};
  check.add(body);
  checked.body_check = check.value();
  std::vector<std::uint8_t> all;
  for (const auto& part : {bytes_of(unknown, {1, 2, 3}), bytes_of(checked, body, 5), bytes_of(unknown, {}),
                           bytes_of(checked, body, 100), bytes_of({}, {})}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  for (const std::uint8_t byte : all) peer_->write({&byte, 1});
  ASSERT_TRUE(events_->wait_for([&] { return events_->received == 3 || events_->closed > 0; }));
  ASSERT_EQ(events_->received, 3u) << events_->why();
  EXPECT_EQ(events_->messages[0].body.view.size(), 4u);
  EXPECT_EQ(events_->messages[1].body.view[3], 6);
  EXPECT_TRUE(events_->messages[2].body.view.empty());
}

TEST_F(HostilePeer, ReadsNothingButMemoryStaysBounded) {
  LinkOptions options;
  options.max_queued = 1 << 20;
  listen(options);
  peer_->write(bytes_of({}, {}));
  ASSERT_TRUE(events_->wait_messages(1));
  test::on_loop(*loop_, [&] {
    int taken = 0;
    while (taken < 10000 && events_->link->send(test::numbered(1, 64 << 10))) ++taken;
    EXPECT_LT(taken, 1000);
    EXPECT_LE(events_->link->queued_bytes(), options.max_queued);
  });
}

TEST_F(HostilePeer, GetsWhatTheWireFormatSays) {
  listen();
  peer_->write(bytes_of({}, {}));
  ASSERT_TRUE(events_->wait_messages(1));
  test::on_loop(*loop_, [&] { EXPECT_TRUE(events_->link->send(test::numbered(5, 1000, 300))); });
  const auto bytes = peer_->read(kHeaderBytes + 1000);
  const auto header = decode_header(bytes, 1000);
  ASSERT_TRUE(header) << header.error().text;
  EXPECT_EQ(header->id, 5u);
  EXPECT_EQ(header->body_bytes, 1000u);
  EXPECT_TRUE(header->flags & MessageFlags::checked);
  BodyCheck check;
  check.add(std::span(bytes).subspan(kHeaderBytes));
  EXPECT_EQ(header->body_check, check.value());
}

}  // namespace
}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "transport/wire/control.hpp"

#include <gmock/gmock.h>

#include "tests/transport/wire/bytes.hpp"
#include "transport/wire/body_writer.hpp"

namespace weir::wire {
namespace {

using testing::HasSubstr;

template <typename T>
Bytes sent(const T& value) {
  return test::owned(test::joined(*encode(value)));
}

template <typename T>
std::string refusal(const Result<T>& result) {
  return result ? "taken" : result.error().text;
}

TEST(Control, EveryBodyComesBackAsItWas) {
  const Hello hello{"device", "camera-7", 3, {{"detect", "ab12"}, {"classify", "cd34"}}, {"chunks"}, 4 << 20};
  EXPECT_EQ(decode_hello(sent(hello)), hello);
  const HelloAck ack{"worker-1",
                     {{"detect", "ab12", true, ""}, {"classify", "", false, "unknown_service"}},
                     3,
                     8 << 20,
                     2,
                     4 << 20,
                     std::chrono::milliseconds(100)};
  EXPECT_EQ(decode_hello_ack(sent(ack)), ack);
  EXPECT_EQ(decode_credit(sent(Credit{5, 1 << 20})), (Credit{5, 1 << 20}));
  const Nack nack{"busy", std::chrono::microseconds(1500), "queue is full"};
  EXPECT_EQ(decode_nack(sent(nack)), nack);
  EXPECT_EQ(decode_drain(sent(Drain{})), Drain{});
  EXPECT_EQ(decode_goaway(sent(Goaway{"shutdown"})), Goaway{"shutdown"});
}

TEST(Control, UnknownKeysArePassedOver) {
  BodyWriter writer;
  writer.begin_map(3).key("later").begin_array(1).nothing().key("messages").natural(1).key("bytes").natural(2);
  EXPECT_EQ(decode_credit(test::owned(test::joined(*writer.finish()))), (Credit{1, 2}));
}

TEST(Control, MissingKeysAndWrongValuesAreNamed) {
  const auto credit = [](BodyWriter& writer) {
    return refusal(decode_credit(test::owned(test::joined(*writer.finish()))));
  };
  BodyWriter writer;
  EXPECT_THAT(credit(writer.begin_map(1).key("messages").natural(1)), HasSubstr("\"bytes\""));
  EXPECT_THAT(credit(writer.begin_map(2).key("messages").integer(-1).key("bytes").natural(1)), HasSubstr("negative"));
  EXPECT_THAT(credit(writer.begin_map(2).key("messages").natural(1'000'001).key("bytes").natural(1)),
              HasSubstr("messages is 1000001"));
  EXPECT_THAT(refusal(decode_hello(sent(Goaway{"x"}))), HasSubstr("\"role\""));
  Hello hello;
  hello.max_body = kMaxBodyBytes + 1;
  EXPECT_THAT(refusal(decode_hello(sent(hello))), HasSubstr("max_body"));
}

TEST(Control, NestedErrorsNameTheirPlace) {
  BodyWriter writer;
  writer.begin_map(3).key("role").text("device").key("name").text("a").key("wire_minor").natural(0);
  EXPECT_THAT(refusal(decode_hello(test::owned(test::joined(*writer.finish())))), HasSubstr("\"services\""));
  writer.begin_map(4).key("role").text("device").key("name").text("a").key("wire_minor").natural(0);
  writer.key("services").begin_array(1).begin_map(1).key("name").natural(4);
  EXPECT_THAT(refusal(decode_hello(test::owned(test::joined(*writer.finish())))),
              HasSubstr("services[0].name is integer"));
}

TEST(Control, ABodyTooLargeForControlIsRefused) {
  EXPECT_THAT(refusal(decode_goaway(sent(Goaway{std::string(1025, 'x')}))), HasSubstr("1025 bytes"));
  Hello hello;
  hello.features.assign(257, "f");
  EXPECT_THAT(refusal(decode_hello(sent(hello))), HasSubstr("257 items"));
}

}  // namespace
}  // namespace weir::wire

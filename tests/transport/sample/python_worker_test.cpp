// SPDX-License-Identifier: Apache-2.0
// The sample worker in Python against our encoding and decoding, over a bare socket.
#include "tests/transport/sample/python_worker.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>

#include "kernels/geometry/box.hpp"
#include "kernels/scene/road_scene.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/body_writer.hpp"
#include "transport/wire/control.hpp"

namespace weir::test {
namespace {

constexpr int kWidth = 640, kHeight = 192;

FrameHeader header_of(MessageType type, std::uint64_t id) {
  FrameHeader header;
  header.type = type;
  header.id = id;
  header.session = 5;
  return header;
}

template <typename T>
std::vector<T> values_of(const BodyValue& payload, std::string_view key) {
  const Result<TensorView> tensor = payload.get(key).and_then([](const BodyValue& value) { return value.tensor(); });
  if (!tensor || tensor->dtype != dtype_of<T>()) {
    ADD_FAILURE() << key << ": " << (tensor ? "other type" : tensor.error().text);
    return {};
  }
  std::vector<T> values(tensor->shape.elements());
  std::memcpy(values.data(), tensor->data, tensor->bytes());
  return values;
}

class PythonWorkerTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::optional<std::string> python = sample_python();
    if (!python) {
      GTEST_SKIP() << "no Python with msgpack, numpy and onnxruntime: scripts/setup --python, or set WEIR_PYTHON";
    }
    worker = std::make_unique<PythonWorker>(*python, std::vector<std::string>{"--fingerprint", "ab1"});
    ASSERT_EQ(worker->address(), "unix:" + worker->socket_path());
    link = std::make_unique<RawLink>(worker->socket_path());
  }

  void greet() {
    wire::Hello hello;
    hello.name = "test";
    hello.services = {{"detect", "ab12"}, {"classify", "cd34"}};
    hello.max_body = 1 << 20;
    link->send(header_of(MessageType::hello, 0), wire::encode(hello));
    const std::optional<InMessage> answer = link->receive();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->header.type, MessageType::hello_ack);
    const Result<wire::HelloAck> ack = wire::decode_hello_ack(answer->body);
    ASSERT_TRUE(ack) << ack.error().text;
    ASSERT_EQ(ack->services.size(), 2U);
    EXPECT_EQ(ack->services[0], (wire::ServiceAnswer{"detect", "ab12", true, ""}));
    EXPECT_EQ(ack->services[1], (wire::ServiceAnswer{"classify", "", false, "unknown_service"}));
    EXPECT_EQ(ack->messages, 2U);
  }

  /// Sends a frame as work with this id and budget.
  void send_work(std::uint64_t id, const std::shared_ptr<std::vector<std::uint8_t>>& pixels, std::uint32_t budget_us) {
    FrameHeader header = header_of(MessageType::work, id);
    header.budget_us = budget_us;
    BodyWriter writer;
    writer.begin_map(4).key("service").text("detect").key("stream").text("cam0").key("frame").natural(id);
    writer.key("inputs").begin_array(1).begin_map(3).key("type").text("Frame").key("format").text("bgr8");
    writer.key("tensor").tensor({DType::u8, {kHeight, kWidth, 3}, pixels->data()}, pixels);
    link->send(header, writer.finish());
  }

  std::unique_ptr<PythonWorker> worker;
  std::unique_ptr<RawLink> link;
};

TEST_F(PythonWorkerTest, FindsTheCarsOfAStreet) {
  ASSERT_NO_FATAL_FAILURE(greet());
  SceneOptions options;
  options.width = kWidth;
  options.height = kHeight;
  RoadScene scene(options);
  const auto pixels = std::make_shared<std::vector<std::uint8_t>>(3 * kWidth * kHeight);
  int cars = 0, found = 0;
  for (std::uint64_t frame = 0; frame < 5; ++frame) {
    std::vector<TruthBox> truth;
    scene.render(20 * frame, {pixels->data(), kWidth, kHeight, 3 * kWidth, PixelFormat::bgr8}, truth);
    send_work(100 + frame, pixels, 60'000'000);
    const std::optional<InMessage> answer = link->receive();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->header.type, MessageType::result);
    EXPECT_EQ(answer->header.id, 100 + frame);
    EXPECT_EQ(answer->header.session, 5U);
    const Result<BodyReader> body = BodyReader::read(answer->body);
    ASSERT_TRUE(body) << body.error().text;
    EXPECT_GT(*body->root().get("service_us")->natural(), 0U);
    const BodyValue payload = body->root().get("outputs")->at(0);
    EXPECT_EQ(payload.get("type")->text(), "Detections");
    EXPECT_EQ(payload.get("width")->natural(), 640U);
    EXPECT_EQ(payload.get("classes")->at(0).text(), "vehicle");
    const auto boxes = values_of<float>(payload, "boxes"), scores = values_of<float>(payload, "scores");
    const auto labels = values_of<std::int32_t>(payload, "labels");
    ASSERT_EQ(boxes.size(), 4 * scores.size());
    ASSERT_EQ(labels.size(), scores.size());
    for (const TruthBox& object : truth) {
      if (object.type != "Car" || object.occluded != 0 || object.box.height() < 25) continue;
      ++cars;
      for (std::size_t i = 0; i < labels.size(); ++i) {
        const Box box{boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]};
        if (labels[i] != 0 || iou(box, object.box) < 0.5F) continue;
        ++found;
        break;
      }
    }
  }
  EXPECT_GT(cars, 3);
  EXPECT_GE(4 * found, 3 * cars) << found << " of " << cars;
}

TEST_F(PythonWorkerTest, AnswersPingsAndRefusesWhatItCannotUse) {
  ASSERT_NO_FATAL_FAILURE(greet());
  link->send(header_of(MessageType::ping, 99), nullptr);
  std::optional<InMessage> answer = link->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.type, MessageType::pong);
  EXPECT_EQ(answer->header.id, 99U);

  BodyWriter writer;
  writer.begin_map(2).key("service").text("detect").key("inputs").begin_array(1).nothing();
  link->send(header_of(MessageType::work, 7), writer.finish());
  answer = link->receive();
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->header.type, MessageType::nack);
  EXPECT_EQ(answer->header.id, 7U);
  EXPECT_EQ(wire::decode_nack(answer->body)->reason, "bad_request");

  const auto pixels = std::make_shared<std::vector<std::uint8_t>>(3 * kWidth * kHeight);
  send_work(8, pixels, 1);
  answer = link->receive();
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->header.type, MessageType::nack);
  EXPECT_EQ(wire::decode_nack(answer->body)->reason, "expired");
}

TEST_F(PythonWorkerTest, RefusesAnotherFingerprint) {
  wire::Hello hello;
  hello.services = {{"detect", "b12a"}};
  link->send(header_of(MessageType::hello, 0), wire::encode(hello));
  const std::optional<InMessage> answer = link->receive();
  ASSERT_TRUE(answer);
  const Result<wire::HelloAck> ack = wire::decode_hello_ack(answer->body);
  ASSERT_TRUE(ack) << ack.error().text;
  EXPECT_EQ(ack->services.at(0), (wire::ServiceAnswer{"detect", "", false, "other_fingerprint"}));
}

TEST_F(PythonWorkerTest, ClosesALinkThatSpeaksSomethingElse) {
  const std::string request(100, 'G');
  link->send_bytes(request.data(), request.size());
  EXPECT_FALSE(link->receive());
  RawLink second(worker->socket_path());
  second.send(header_of(MessageType::ping, 1), nullptr);
  const std::optional<InMessage> answer = second.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.type, MessageType::goaway);
}

}  // namespace
}  // namespace weir::test

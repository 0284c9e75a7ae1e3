// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/wire/vectors.hpp"

#include <array>

#include "tests/transport/wire/json_twin.hpp"
#include "transport/wire/control.hpp"

namespace weir::test {
namespace {

constexpr std::uint64_t kDevice = 0x0123456789ABCDEF, kWorker = 0xFEDCBA9876543210;
constexpr std::array<float, 8> kBoxes{100.5F, 20, 180, 60.25F, 0, 0, 12, 34};
constexpr std::array<float, 8> kSigmas{1, 2, 3, 4, 0.5F, 0.5F, 0.25F, 0.25F};
constexpr std::array<float, 8> kMargins{4, 5, 9, 10, 2, 2, 1, 1.5F};
constexpr std::array<float, 2> kScores{0.75F, 0.5F};
constexpr std::array<std::int32_t, 2> kLabels{0, 1}, kAges{12, 3}, kMissed{0, 2};
constexpr std::array<std::int64_t, 2> kIds{1, 1LL << 40};
constexpr std::array<std::uint8_t, 18> kPixels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 255};
constexpr std::array<std::uint8_t, 5> kEncoded{0xFF, 0xD8, 1, 2, 3};  // no picture: the format only carries it
constexpr std::array<std::int8_t, 3> kStored{-128, 0, 127};

template <typename T, std::size_t N>
TensorView view(const std::array<T, N>& values, const Shape& shape) {
  return {dtype_of<T>(), shape, values.data()};
}

Buffer message(MessageType type, std::uint64_t id, std::uint64_t session, const std::shared_ptr<const Body>& body,
               std::uint8_t flags = 0) {
  FrameHeader header;
  header.type = type;
  header.id = id;
  header.session = session;
  header.flags = flags;
  return message_bytes(header, body);
}

Buffer work(BodyWriter& payload_writer) {
  FrameHeader header;
  header.type = MessageType::work;
  header.flags = MessageFlags::checked;
  header.priority = 1;
  header.attempt = 1;
  header.budget_us = 66'000;
  header.id = 42;
  header.session = kDevice;
  return message_bytes(header, payload_writer.finish());
}

BodyWriter& begin_work(BodyWriter& writer) {
  writer.begin_map(4).key("service").text("detect").key("stream").text("cam0").key("frame").natural(1234);
  return writer.key("inputs").begin_array(2);
}

BodyWriter& begin_result(BodyWriter& writer) {
  return writer.begin_map(2).key("service_us").natural(21'500).key("outputs").begin_array(1);
}

BodyWriter& objects(BodyWriter& writer, std::string_view type, std::size_t entries) {
  writer.begin_map(entries).key("type").text(type).key("width").natural(1242).key("height").natural(375);
  writer.key("classes").begin_array(2).text("vehicle").text("piéton");
  writer.key("boxes").tensor(view(kBoxes, {2, 4}), {}).key("scores").tensor(view(kScores, {2}), {});
  return writer.key("labels").tensor(view(kLabels, {2}), {});
}

Buffer result(BodyWriter& writer) {
  return message(MessageType::result, 42, kDevice, writer.finish(), MessageFlags::checked);
}

std::vector<Vector> control_vectors() {
  const wire::Hello hello{"device", "camera-7", 0, {{"detect", "3f9a"}, {"classify", "77c0"}}, {}, 4 << 20};
  const wire::HelloAck ack{"worker-1",
                           {{"detect", "3f9a", true, ""}, {"classify", "", false, "unknown_service"}},
                           2,
                           8 << 20,
                           1,
                           4 << 20,
                           std::chrono::milliseconds(100)};
  const wire::Nack nack{"busy", std::chrono::milliseconds(15), "12 requests wait"};
  return {{"hello", message(MessageType::hello, 0, kDevice, wire::encode(hello))},
          {"hello_ack", message(MessageType::hello_ack, 0, kWorker, wire::encode(ack))},
          {"nack", message(MessageType::nack, 42, kDevice, wire::encode(nack))},
          {"credit", message(MessageType::credit, 0, kWorker, wire::encode(wire::Credit{4, 16 << 20}))},
          {"cancel", message(MessageType::cancel, 42, kDevice, nullptr)},
          {"ping", message(MessageType::ping, 7, kDevice, nullptr)},
          {"pong", message(MessageType::pong, 7, kWorker, nullptr)},
          {"drain", message(MessageType::drain, 0, kWorker, wire::encode(wire::Drain{}))},
          {"ack", message(MessageType::ack, 9, kDevice, nullptr)},
          {"goaway", message(MessageType::goaway, 0, kWorker, wire::encode(wire::Goaway{"shutdown"}))}};
}

}  // namespace

std::vector<Vector> make_vectors() {
  std::vector<Vector> all = control_vectors();
  BodyWriter writer;
  begin_work(writer).begin_map(3).key("type").text("Frame").key("format").text("bgr8");
  writer.key("tensor").tensor(view(kPixels, {2, 3, 3}), {}).nothing();
  all.push_back({"work_frame", work(writer)});

  begin_work(writer).begin_map(6).key("type").text("Frame").key("format").text("jpeg");
  writer.key("width").natural(3).key("height").natural(2).key("channels").natural(3);
  writer.key("tensor").tensor(view(kEncoded, {5}), {}).nothing();
  all.push_back({"work_jpeg", work(writer)});

  begin_work(writer).nothing().begin_map(6).key("type").text("Regions");
  writer.key("boxes").tensor(view(kBoxes, {2, 4}), {}).key("labels").tensor(view(kLabels, {2}), {});
  writer.key("ids").tensor(view(kIds, {2}), {}).key("sigmas").tensor(view(kSigmas, {2, 4}), {});
  writer.key("margins").tensor(view(kMargins, {2, 4}), {});
  all.push_back({"work_regions", work(writer)});

  objects(begin_result(writer), "Detections", 7);
  all.push_back({"result_detections", result(writer)});

  objects(begin_result(writer), "Tracks", 10).key("ids").tensor(view(kIds, {2}), {});
  writer.key("ages").tensor(view(kAges, {2}), {}).key("missed").tensor(view(kMissed, {2}), {});
  all.push_back({"result_tracks", result(writer)});

  begin_result(writer).nothing();
  all.push_back({"result_nothing", result(writer)});

  writer.begin_map(3).key("quantised").tensor(view(kStored, {3}), {}, Quantisation{0.0625, -3});
  writer.key("below").integer(-1'000'000).key("none").tensor(view(kScores, {0}), {});
  all.push_back({"record", message(MessageType::record, 9, kDevice, writer.finish(),
                                   MessageFlags::checked | MessageFlags::durable)});
  return all;
}

}  // namespace weir::test

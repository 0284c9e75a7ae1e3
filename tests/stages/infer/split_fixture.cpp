// SPDX-License-Identifier: Apache-2.0
#include "tests/stages/infer/split_fixture.hpp"

#include <utility>

#include "kernels/scene/road_scene.hpp"
#include "stages/control/seam_calibration.hpp"
#include "stages/infer/head_stream.hpp"
#include "stages/infer/tail_stream.hpp"
#include "stages/register.hpp"

namespace weir::test {

void Split::SetUp() { ASSERT_TRUE(register_infer_stages(registry_)); }

const std::string& Split::model() {
  static const std::string file = std::string(WEIR_SOURCE_DIR) + "/models/weir_nano.onnx";
  return file;
}

const std::vector<Frame>& Split::frames() {
  static const std::vector<Frame> drawn = [] {
    RoadScene scene({.width = kWidth, .height = kHeight, .seed = 11});
    std::vector<Frame> all(kFrames);
    for (std::uint64_t i = 0; i < all.size(); ++i)
      scene.render(i, all[i].allocate(kWidth, kHeight, PixelFormat::bgr8), all[i].truth);
    return all;
  }();
  return drawn;
}

SplitDetector Split::load() {
  auto split = load_split_detector({model(), {"stage2.1"}, "640x192"});
  EXPECT_TRUE(split) << split.error().text;
  split->options.class_map = {0, 1, 2, 3};
  return std::move(*split);
}

std::shared_ptr<const CodeTables> Split::tables() {
  static const auto made = [] {
    const SplitDetector split = load();
    const auto head = HeadNetwork::load(split, {}, nullptr);
    const auto stream = HeadStream::create(**head, 0);
    const auto tail = TailNetwork::load(load(), {}, nullptr);
    std::vector<ImageView> views;
    for (const Frame& frame : frames()) views.push_back(frame.image);
    auto calibrated = calibrate_seam(views, **stream, **tail);
    EXPECT_TRUE(calibrated) << calibrated.error().text;
    return *calibrated;
  }();
  return made;
}

std::string Split::write_tables() const {
  const auto& bytes = tables()->bytes();
  return folder_.write("tables.bin", std::string(bytes.begin(), bytes.end()));
}

std::map<std::string, std::string> Split::params(std::map<std::string, std::string> more) {
  more.insert({{"model", model()}, {"seam", "[stage2.1]"}, {"size", "640x192"}});
  return more;
}

Packet Split::code_of(StageHarness& head, const Frame& frame) {
  head.feed("frame", Frame(frame));
  const Status status = head.run();
  EXPECT_TRUE(status) << status.error().text;
  return head.output("code");
}

CodedFrame Split::copy_of(const CodedFrame& code, std::vector<std::uint8_t> bytes) {
  CodedFrame copy;
  copy.rung = code.rung, copy.kind = code.kind;
  copy.frame_width = code.frame_width, copy.frame_height = code.frame_height;
  copy.width = code.width, copy.height = code.height;
  copy.fill([&](std::vector<std::uint8_t>& own) {
    own = std::move(bytes);
    return true;
  });
  return copy;
}

Status Split::feed(StageHarness& tail, const Packet& code) {
  const CodedFrame& from = *code.get<CodedFrame>();
  tail.feed("code", copy_of(from, {from.bytes.begin(), from.bytes.end()}));
  return tail.run();
}

std::vector<Detection> Split::whole(const Frame& frame) const {
  StageHarness detector(registry_, "infer.detector", {{"model", model()}, {"size", "640x192"}});
  EXPECT_TRUE(detector.open());
  detector.feed("frame", Frame(frame));
  EXPECT_TRUE(detector.run());
  return detector.output<Detections>("detections")->items;
}

}  // namespace weir::test

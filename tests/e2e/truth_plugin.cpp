// SPDX-License-Identifier: Apache-2.0
// A plug-in for tests: a perfect detector, which needs no model because it reads the truth of synthetic frames.
#include <array>
#include <memory>

#include "pipeline/payloads.hpp"
#include "pipeline/plugin.hpp"

namespace weir::test {

class TruthDetector final : public Stage {
 public:
  static constexpr std::string_view summary = "Gives the truth of a frame as detections.";
  static constexpr In<Frame> in{"frame", "a frame with truth"};
  static constexpr Out<Detections> out{"detections", "its labelled objects, score 0.9"};
  static constexpr Param<std::int64_t> work{
      {.name = "work", .help = "passes over the pixels, to take time", .min = 0, .max = 100000}, std::int64_t{0}};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr std::array params{work.info()};

  Status open(OpenContext& cx) override {
    work_ = cx.param(work);
    return {};
  }

  Status process(Context& cx) override {
    const Frame& frame = *cx.get(in);
    Detections& found = cx.emit(out);
    found.classes = classes_;
    found.frame_width = frame.image.width;
    found.frame_height = frame.image.height;
    for (const TruthBox& box : frame.truth) {
      for (std::size_t i = 0; i < classes_->size(); ++i) {
        if (box.type == (*classes_)[i]) found.items.push_back({box.box, 0.9F, static_cast<std::int32_t>(i)});
      }
    }
    for (std::int64_t pass = 0; pass < work_; ++pass) {
      for (int y = 0; y < frame.image.height; ++y) sum_ = sum_ + frame.image.row(y)[0];
    }
    return {};
  }

 private:
  std::int64_t work_ = 0;
  volatile unsigned sum_ = 0;
  ClassNamesPtr classes_ = std::make_shared<const ClassNames>(ClassNames{"Car", "Pedestrian", "Cyclist"});
};

}  // namespace weir::test

#ifndef TEST_PLUGIN_ABI
#define TEST_PLUGIN_ABI weir::kPluginAbi
#endif

extern "C" std::uint32_t weir_plugin_abi() { return TEST_PLUGIN_ABI; }
extern "C" bool weir_plugin_register(weir::Registry* registry) {
  return registry->add<weir::test::TruthDetector>("test.truth").ok();
}

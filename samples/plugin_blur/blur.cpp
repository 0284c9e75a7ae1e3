// SPDX-License-Identifier: Apache-2.0
// A stage of one's own in a shared object: blurs frames, for example before they leave the premises.
#include <algorithm>
#include <array>

#include "pipeline/payloads.hpp"
#include "pipeline/plugin.hpp"

namespace acme {

class Blur final : public weir::Stage {
 public:
  static constexpr std::string_view summary = "Blurs every frame with a square window.";
  static constexpr weir::In<weir::Frame> in{"frame", "the sharp frame"};
  static constexpr weir::Out<weir::Frame> out{"frame", "the blurred frame; truth is passed on"};
  static constexpr weir::Param<std::int64_t> radius{
      {.name = "radius", .help = "half width of the window", .unit = "px", .min = 0, .max = 50}, std::int64_t{2}};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr std::array params{radius.info()};
  static constexpr weir::Execution execution{.concurrency = weir::Concurrency::parallel};

  weir::Status open(weir::OpenContext& cx) override {
    radius_ = static_cast<int>(cx.param(radius));
    return {};
  }

  weir::Status process(weir::Context& cx) override {
    const weir::Frame& sharp = *cx.get(in);
    weir::Frame& blurred = cx.emit(out);
    blurred.truth = sharp.truth;
    blurred.has_truth = sharp.has_truth;
    blur(sharp.image, blurred.allocate(sharp.image.width, sharp.image.height, sharp.image.format));
    return {};
  }

 private:
  void blur(const weir::ImageView& from, const weir::MutableImageView& to) const {
    const int channels = weir::bytes_per_pixel(from.format);
    for (int y = 0; y < from.height; ++y) {
      const int top = std::max(y - radius_, 0), bottom = std::min(y + radius_, from.height - 1);
      for (int x = 0; x < from.width * channels; ++x) {
        const int column = x / channels, channel = x % channels;
        const int left = std::max(column - radius_, 0), right = std::min(column + radius_, from.width - 1);
        int sum = 0;
        for (int v = top; v <= bottom; ++v) {
          for (int u = left; u <= right; ++u) sum += from.row(v)[u * channels + channel];
        }
        to.row(y)[x] = static_cast<std::uint8_t>(sum / ((bottom - top + 1) * (right - left + 1)));
      }
    }
  }

  int radius_ = 0;
};

}  // namespace acme

extern "C" std::uint32_t weir_plugin_abi() { return weir::kPluginAbi; }
extern "C" bool weir_plugin_register(weir::Registry* registry) { return registry->add<acme::Blur>("acme.blur").ok(); }

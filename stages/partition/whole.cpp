// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "stages/partition/part_coding.hpp"
#include "stages/partition/stages.hpp"

namespace weir {

namespace {

/// Sends all of each frame as one part.
class WholePart final : public Stage, PartCoding {
 public:
  static constexpr std::string_view summary = "Takes the whole frame as one part (to compare with).";

  static constexpr In<Frame> frame{"frame", "the image to cut"};
  static constexpr Out<Parts> parts{"parts", "one part: the frame"};

  static constexpr std::array inputs{frame.info()};
  static constexpr std::array outputs{parts.info()};
  static constexpr std::array params{codec.info(), quality.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status open(OpenContext& cx) override {
    images_.resize(std::max<std::size_t>(1, cx.streams().size()));
    for (PartImages& images : images_) {
      if (Status status = apply(cx, images); !status) return status;
    }
    return {};
  }

  Status process(Context& cx) override {
    const ImageView& image = cx.get(frame)->image;
    Parts& out = emit_parts(cx, parts, image);
    if (image.empty()) return {};
    PartImages& images = images_[cx.stamp().stream];
    images.begin(cx.packet(frame));
    out.items.push_back(images.whole());
    images.end();
    return {};
  }

 private:
  std::vector<PartImages> images_;  // by stream
};

}  // namespace

Status add_partition_whole(Registry& registry) { return registry.add<WholePart>("partition.whole"); }

}  // namespace weir

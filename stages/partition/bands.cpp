// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/partition/strips.hpp"
#include "stages/partition/part_coding.hpp"
#include "stages/partition/stages.hpp"

namespace weir {

namespace {

/// Cuts each frame into equal horizontal bands, whatever it shows.
class Bands final : public Stage, PartCoding {
 public:
  static constexpr std::string_view summary = "Cuts the frame into equal horizontal bands (to compare with).";

  static constexpr In<Frame> frame{"frame", "the image to cut"};
  static constexpr Out<Parts> parts{"parts", "the bands, from the top"};

  static constexpr Param<std::int64_t> count{{.name = "parts", .help = "how many bands", .min = 1, .max = 16},
                                             std::int64_t{3}};
  static constexpr Param<std::int64_t> overlap{
      {.name = "overlap",
       .help = "rows that a band shares with the next one, for stages that cannot judge what lies at an image's edge",
       .unit = "px",
       .min = 0,
       .max = 4096},
      std::int64_t{0}};

  static constexpr std::array inputs{frame.info()};
  static constexpr std::array outputs{parts.info()};
  static constexpr std::array params{count.info(), overlap.info(), codec.info(), quality.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status open(OpenContext& cx) override {
    count_ = static_cast<std::size_t>(cx.param(count));
    overlap_ = static_cast<int>(cx.param(overlap));
    streams_.resize(std::max<std::size_t>(1, cx.streams().size()));
    for (Stream& stream : streams_) {
      if (Status status = apply(cx, stream.images); !status) return status;
    }
    return {};
  }

  Status process(Context& cx) override {
    const ImageView& image = cx.get(frame)->image;
    Parts& out = emit_parts(cx, parts, image);
    if (image.empty()) return {};
    Stream& stream = streams_[cx.stamp().stream];
    stream.images.begin(cx.packet(frame));
    cut_bands(count_, image.width, image.height, stream.areas);
    for (PixelRect area : stream.areas) {
      area.top = std::max(0, area.top - overlap_ / 2);
      area.bottom = std::min(image.height, area.bottom + (overlap_ - overlap_ / 2));
      out.items.push_back(stream.images.make(area, PartKind::crop));
    }
    stream.images.end();
    return {};
  }

 private:
  struct Stream {
    PartImages images;
    std::vector<PixelRect> areas;
  };
  std::size_t count_ = 1;
  int overlap_ = 0;
  std::vector<Stream> streams_;
};

}  // namespace

Status add_partition_bands(Registry& registry) { return registry.add<Bands>("partition.bands"); }

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/partition/lrc_policy.hpp"
#include "kernels/partition/strips.hpp"
#include "stages/partition/part_coding.hpp"
#include "stages/partition/stages.hpp"

namespace weir {

namespace {

/// Cuts frames as Elf's public code does.
class ElfStrips final : public Stage, PartCoding {
 public:
  static constexpr std::string_view summary =
      "Cuts the frame into the vertical strips of Elf's public code (to compare with).";

  static constexpr In<Frame> frame{"frame", "the image to cut"};
  static constexpr In<Regions> regions{
      "regions", "where objects are expected; without any, the whole frame is one part", Need::optional};
  static constexpr Out<Parts> parts{"parts", "the strips from the left, then the low-resolution frame"};

  static constexpr Param<std::int64_t> count{{.name = "parts", .help = "how many strips", .min = 1, .max = 16},
                                             std::int64_t{3}};
  static constexpr Param<std::int64_t> lrc_every{
      {.name = "lrc.every",
       .help = "each so-manieth frame is also sent whole at low resolution, to find new objects; 0: never",
       .unit = "frames",
       .min = 0,
       .max = 1000},
      std::int64_t{3}};
  static constexpr Param<double> lrc_scale{{.name = "lrc.scale", .help = "of its sides", .min = 0.05, .max = 1}, 0.4};

  static constexpr std::array inputs{frame.info(), regions.info()};
  static constexpr std::array outputs{parts.info()};
  static constexpr std::array params{count.info(), lrc_every.info(), lrc_scale.info(), codec.info(), quality.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status open(OpenContext& cx) override {
    count_ = static_cast<std::size_t>(cx.param(count));
    scale_ = cx.param(lrc_scale);
    const int every = static_cast<int>(cx.param(lrc_every));
    const LrcOptions lrc{.when = every > 0 ? LrcOptions::When::every : LrcOptions::When::never, .every = every};
    for (std::size_t i = 0; i < std::max<std::size_t>(1, cx.streams().size()); ++i) streams_.emplace_back(lrc);
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
    stream.boxes.clear();
    if (const Regions* expected = cx.get(regions)) {
      for (const Region& region : expected->items) stream.boxes.push_back(region.box);
    }
    cut_elf_strips(stream.boxes, count_, image.width, image.height, stream.areas);
    stream.images.begin(cx.packet(frame));
    if (stream.areas.empty()) {
      out.items.push_back(stream.images.whole());
      stream.lrc.whole_sent();
    } else {
      for (const PixelRect& area : stream.areas) out.items.push_back(stream.images.make(area, PartKind::crop));
      if (stream.lrc.due({})) out.items.push_back(stream.images.whole(PartKind::low_resolution, scale_));
    }
    stream.images.end();
    return {};
  }

 private:
  struct Stream {
    explicit Stream(const LrcOptions& options) : lrc(options) {}
    PartImages images;
    LrcPolicy lrc;
    std::vector<Box> boxes;
    std::vector<PixelRect> areas;
  };
  std::size_t count_ = 1;
  double scale_ = 1;
  std::vector<Stream> streams_;
};

}  // namespace

Status add_partition_elf(Registry& registry) { return registry.add<ElfStrips>("partition.elf"); }

}  // namespace weir

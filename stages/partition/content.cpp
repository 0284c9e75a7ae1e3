// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "stages/partition/content_stream.hpp"
#include "stages/partition/part_coding.hpp"
#include "stages/partition/stages.hpp"

namespace weir {

namespace {

/// Cuts frames round the objects that are expected in them; each stream learns its own costs.
class Content final : public Stage, PartCoding {
 public:
  static constexpr std::string_view summary =
      "Cuts the frame round expected objects into parts for several workers, so that the slowest is done soonest.";

  static constexpr In<Frame> frame{"frame", "the image to cut"};
  static constexpr In<Regions> regions{"regions", "where objects are expected; at a gap the whole frame is one part",
                                       Need::optional};
  static constexpr In<PartAnswers> answers{
      "answers", "what became of earlier parts, by feedback: link and workers are learned from it", Need::optional};
  static constexpr Out<Parts> parts{
      "parts", "those of most work first, then the low-resolution frame; none where nothing is expected"};

  static constexpr Param<std::int64_t> most_parts{
      {.name = "parts", .help = "most parts, and workers until their answers tell", .min = 1, .max = 16},
      std::int64_t{3}};
  static constexpr Param<double> gain{
      {.name = "margin.gain", .help = "times a region's margin for 99 %", .min = 0, .max = 20}, 1.0};
  static constexpr Param<double> base{
      {.name = "margin.base", .help = "added to it, as a share of the frame's side", .min = 0, .max = 1}, 0.016};
  static constexpr Param<std::int64_t> min_side{
      {.name = "min_side", .help = "least side of a part", .unit = "px", .min = 1, .max = 4096}, std::int64_t{128}};
  static constexpr Param<std::int64_t> align{
      {.name = "align", .help = "sides of parts are multiples of it", .unit = "px", .min = 1, .max = 256},
      std::int64_t{1}};
  static constexpr Param<std::int64_t> stride{{.name = "stride",
                                               .help = "the model pads its input to multiples of it; costs count that",
                                               .unit = "px",
                                               .min = 1,
                                               .max = 256},
                                              std::int64_t{32}};
  static constexpr Param<bool> shrink{
      {.name = "shrink", .help = "parts that show large objects alone are scaled down, by half at most"}, true};
  static constexpr Param<double> large{
      {.name = "large",
       .help = "shorter side from which an object is large; scaled down it still has it",
       .unit = "px",
       .min = 16,
       .max = 4096},
      160.0};
  static constexpr Param<double> thrift{
      {.name = "thrift", .help = "ms of delay that are worth a ms of upload and work saved", .min = 0, .max = 10}, 0.5};
  static constexpr Param<std::int64_t> max_regions{
      {.name = "max_regions", .help = "above so many, neighbouring regions are taken together", .min = 1, .max = 4096},
      std::int64_t{128}};
  static constexpr Param<std::string> lrc_when{
      {.name = "lrc.when",
       .help = "when the whole frame goes along at low resolution, to find new objects; adaptive: by scene change, "
               "births at the borders and time",
       .choices = "adaptive|every|never"},
      "adaptive"};
  static constexpr Param<std::int64_t> lrc_every{
      {.name = "lrc.every", .help = "for `every`: each so-manieth frame", .unit = "frames", .min = 1, .max = 1000},
      std::int64_t{3}};
  static constexpr Param<std::int64_t> lrc_longest{{.name = "lrc.longest",
                                                    .help = "for `adaptive`: most frames from one to the next",
                                                    .unit = "frames",
                                                    .min = 2,
                                                    .max = 1000},
                                                   std::int64_t{5}};
  static constexpr Param<double> lrc_scale{{.name = "lrc.scale", .help = "of the frame's sides", .min = 0.05, .max = 1},
                                           0.4};
  static constexpr Param<std::int64_t> start{
      {.name = "start",
       .help = "frames that are sent whole at the start and after a break: another size, a cut, a long gap",
       .unit = "frames",
       .min = 1,
       .max = 100},
      std::int64_t{3}};
  static constexpr Param<std::int64_t> gap{
      {.name = "gap", .help = "more missing frames than so many are a break", .unit = "frames", .min = 0, .max = 1000},
      std::int64_t{5}};
  static constexpr Param<double> cut{{.name = "cut",
                                      .help = "change of brightness patterns that is a cut, as a share of the range",
                                      .min = 0,
                                      .max = 1},
                                     0.14};
  static constexpr Param<double> find_score{
      {.name = "find_score",
       .help = "least score of a detection in an answer that is looked for although no region tells of it; 1: none",
       .min = 0,
       .max = 1},
      0.15};
  static constexpr Param<std::int64_t> find_frames{{.name = "find_frames",
                                                    .help = "that such a detection is looked for after it was seen",
                                                    .unit = "frames",
                                                    .min = 1,
                                                    .max = 1000},
                                                   std::int64_t{10}};
  static constexpr Param<double> find_margin{
      {.name = "find_margin",
       .help = "shown round such a detection, beside half its own size on each side",
       .unit = "px",
       .min = 0,
       .max = 4096},
      40.0};
  static constexpr Param<double> find_time{
      {.name = "find_time",
       .help = "of the uplink that such detections may take with each frame; the surest come first",
       .unit = "ms",
       .min = 0,
       .max = 1e6},
      120.0};
  static constexpr Param<double> whole_from{
      {.name = "whole_from",
       .help =
           "parts that together show more than this share of the frame are not sent, but the whole frame as one part",
       .min = 0,
       .max = 16},
      1.0};
  static constexpr Param<double> link{
      {.name = "link", .help = "the uplink until it is learned", .unit = "Mbit/s", .min = 0.01, .max = 1e6}, 100.0};
  static constexpr Param<bool> learn{
      {.name = "learn",
       .help = "learn from answers what link and workers take; else `link` and `parts` equal workers count for ever"},
      true};

  static constexpr std::array inputs{frame.info(), regions.info(), answers.info()};
  static constexpr std::array outputs{parts.info()};
  static constexpr std::array params{
      most_parts.info(),  gain.info(),        base.info(),      min_side.info(),    align.info(),    stride.info(),
      shrink.info(),      large.info(),       thrift.info(),    max_regions.info(), lrc_when.info(), lrc_every.info(),
      lrc_longest.info(), lrc_scale.info(),   start.info(),     gap.info(),         cut.info(),      find_score.info(),
      find_frames.info(), find_margin.info(), find_time.info(), whole_from.info(),  link.info(),     learn.info(),
      codec.info(),       quality.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status open(OpenContext& cx) override {
    read(cx);
    streams_.clear();
    for (std::size_t i = 0; i < std::max<std::size_t>(1, cx.streams().size()); ++i) {
      auto partition = ContentPartition::create(options_.content);
      if (!partition) return Status(partition.error());
      streams_.emplace_back(options_, std::move(*partition));
      if (Status status = apply(cx, streams_.back().images()); !status) return status;
    }
    return {};
  }

  Status process(Context& cx) override {
    const ImageView& image = cx.get(frame)->image;
    Parts& out = emit_parts(cx, parts, image);
    if (image.empty()) return {};
    ContentStream& stream = streams_[cx.stamp().stream];
    if (const PartAnswers* back = cx.get(answers)) stream.learn(*back);
    stream.cut(cx.packet(frame), cx.stamp().frame, cx.get(regions), out);
    return {};
  }

 private:
  void read(OpenContext& cx);

  ContentStageOptions options_;
  std::vector<ContentStream> streams_;
};

void Content::read(OpenContext& cx) {
  const auto whole = [&](const Param<std::int64_t>& param) { return static_cast<int>(cx.param(param)); };
  ContentOptions& content = options_.content;
  content.parts = static_cast<std::size_t>(cx.param(most_parts));
  content.margins.gain = static_cast<float>(cx.param(gain));
  content.margins.base = static_cast<float>(cx.param(base));
  content.shape.min_side = whole(min_side);
  content.shape.align = whole(align);
  content.shape.native_side = cx.param(shrink) ? static_cast<float>(cx.param(large)) : 0;
  content.thrift = static_cast<float>(cx.param(thrift));
  content.most_regions = static_cast<std::size_t>(cx.param(max_regions));
  options_.cost.workers.assign(content.parts, WorkerCost{});
  options_.cost.stride = whole(stride);
  options_.cost.link_mbit_s = cx.param(link);
  options_.learn = cx.param(learn);
  const std::string& when = cx.param(lrc_when);
  options_.lrc.when = when == "never"   ? LrcOptions::When::never
                      : when == "every" ? LrcOptions::When::every
                                        : LrcOptions::When::adaptive;
  options_.lrc.every = whole(lrc_every);
  options_.lrc.longest = whole(lrc_longest);
  options_.lrc_scale = cx.param(lrc_scale);
  options_.start = whole(start);
  options_.gap = static_cast<std::uint64_t>(cx.param(gap));
  options_.cut = cx.param(cut);
  options_.finds = {static_cast<float>(cx.param(find_score)), whole(find_frames),
                    static_cast<float>(cx.param(find_margin))};
  options_.find_ms = cx.param(find_time);
  options_.whole_from = cx.param(whole_from);
}

}  // namespace

Status add_partition_content(Registry& registry) { return registry.add<Content>("partition.content"); }

}  // namespace weir

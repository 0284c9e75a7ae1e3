// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/payloads.hpp"
#include "stages/propose/kinds.hpp"
#include "stages/propose/proposer.hpp"
#include "stages/propose/stages.hpp"
#include "stages/propose/weights_file.hpp"

namespace weir {
namespace {

/// Predicts where objects will be in this frame from the tracks of earlier ones.
template <typename Kind>
class Propose final : public Stage {
 public:
  static constexpr bool kLearned = !Kind::weights.empty();
  static constexpr std::string_view summary = Kind::summary;

  static constexpr In<Frame> frame{"frame", "the frame to predict: its size, and how the camera moved"};
  static constexpr In<Tracks> tracks{
      "tracks", "by a feedback edge: those of an earlier frame; the distance is told by their stamp", Need::optional};
  static constexpr Out<Regions> regions{"regions", "where the objects are expected, cut to the frame; maybe none"};

  static constexpr Param<Path> weights{{.name = "weights", .help = "from train-proposals; its SHA-256 lies beside it"},
                                       Kind::weights};
  static constexpr Param<bool> camera_motion{
      {.name = "camera_motion", .help = "measure how the camera moved up to this frame and shift predictions by it"},
      Kind::camera_motion};
  static constexpr Param<std::int64_t> max_missed{{.name = "max_missed",
                                                   .help = "an object that was not seen for longer ends",
                                                   .unit = "frames",
                                                   .min = 0,
                                                   .max = 1000},
                                                  std::int64_t{5}};
  static constexpr Param<std::int64_t> max_ahead{
      {.name = "max_ahead",
       .help = "nothing is predicted from tracks that are older; beyond 5, predictions go on in a straight line",
       .unit = "frames",
       .min = 1,
       .max = 1000},
      std::int64_t{10}};
  static constexpr Param<std::int64_t> max_regions{
      {.name = "max_regions", .help = "of more objects, those with the best scores are taken", .min = 1, .max = 100000},
      std::int64_t{256}};

  static constexpr std::array inputs{frame.info(), tracks.info()};
  static constexpr std::array outputs{regions.info()};
  static constexpr auto params = [] {
    const std::array common{camera_motion.info(), max_missed.info(), max_ahead.info(), max_regions.info()};
    if constexpr (kLearned) {
      return std::array{weights.info(), common[0], common[1], common[2], common[3]};
    } else {
      return common;
    }
  }();
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status open(OpenContext& cx) override {
    std::string bytes;
    std::string file;
    if constexpr (kLearned) {
      file = cx.param(weights).value;
      auto read = read_weights_file(file);
      if (!read) return Status(read.error());
      bytes = std::move(*read);
    }
    const auto make = Kind::load(bytes);
    if (!make) return {make.error().code, file + ": " + make.error().text};
    ProposerOptions options;
    options.camera_motion = cx.param(camera_motion);
    options.max_missed = static_cast<int>(cx.param(max_missed));
    options.max_ahead = static_cast<int>(cx.param(max_ahead));
    options.max_regions = static_cast<std::size_t>(cx.param(max_regions));
    streams_.clear();
    for (std::size_t i = 0; i < std::max<std::size_t>(1, cx.streams().size()); ++i) {
      streams_.emplace_back((*make)(), options);
    }
    return {};
  }

  Status process(Context& cx) override {
    const ImageView& image = cx.get(frame)->image;
    const Tracks* past = cx.get(tracks);
    Proposer& proposer = streams_[cx.stamp().stream];
    const auto number = static_cast<std::int64_t>(cx.stamp().frame);
    const bool seen = !image.empty();  // else the tracks tell the size
    const int width = seen ? image.width : past ? past->frame_width : 0;
    const int height = seen ? image.height : past ? past->frame_height : 0;
    if (past) proposer.observe(*past, static_cast<std::int64_t>(cx.packet(tracks).stamp().frame), width, height);
    proposer.look(image, number);
    proposer.propose(number, width, height, cx.emit(regions));
    return {};
  }

 private:
  std::vector<Proposer> streams_;
};

template <typename... Kinds>
Status add_kinds(Registry& registry) {
  Status status;
  ((status = status ? registry.add<Propose<Kinds>>(std::string(Kinds::name)) : status), ...);
  return status;
}

}  // namespace

Status add_propose_stages(Registry& registry) {
  using namespace propose;
  return add_kinds<Lstm, Attention, ElfLstm, ElfAttention, Autoregressive, Velocity, Copy>(registry);
}

}  // namespace weir

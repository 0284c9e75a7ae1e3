// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "pipeline/link_monitor.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/split.hpp"
#include "pipeline/stage.hpp"
#include "stages/control/ladder_file.hpp"
#include "stages/control/ladder_pair.hpp"
#include "stages/infer/head_stream.hpp"
#include "stages/infer/params.hpp"
#include "stages/infer/split_detector.hpp"
#include "stages/infer/stages.hpp"

namespace weir {
namespace {

/// Runs a network up to a seam and encodes the tensor there, or encodes the picture, as the frame's setup says.
class Head final : public Stage {
 public:
  static constexpr std::string_view summary =
      "The device's side of a split detector: the network up to a seam, then the codec; or a picture.";

  static constexpr In<Frame> frame{"frame", "the image to search"};
  static constexpr In<Setup> setup{"setup", "the rung that the frame is sent with, from control.*", Need::optional};
  static constexpr In<Regions> regions{
      "regions", "where objects are expected (propose.*): pictures are sent grey outside of these", Need::optional};
  static constexpr Out<CodedFrame> code{"code", "what crosses to infer.tail"};

  static constexpr Param<Path> ladder{
      {.name = "ladder",
       .help = "the rate ladder of control.*: its codecs are made ready before the first frame, and it is checked that "
               "it was measured with this network"},
      ""};
  static constexpr Param<std::string> kind{{.name = "kind",
                                            .help = "what is sent where `setup` is not connected",
                                            .choices = "features|lz4|jpeg|webp|h264|raw"},
                                           "features"};
  static constexpr Param<std::int64_t> level{
      {.name = "level",
       .help = "with it: number of the codec's setup, 0 the best; or quality of the picture, 1 to 100; lz4: 0 for the "
               "seam, 1 and up for other_seams",
       .min = 0,
       .max = 100},
      std::int64_t{0}};

  static constexpr std::array inputs{frame.info(), setup.info(), regions.info()};
  static constexpr std::array outputs{code.info()};
  static constexpr std::array params{
      infer::model.info(), infer::seam.info(),  infer::other_seams.info(), infer::switchable.info(),
      infer::size.info(),  infer::sizes.info(), infer::tables.info(),      ladder.info(),
      kind.info(),         level.info(),        infer::engine.info(),      infer::threads.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status open(OpenContext& cx) override {
    auto split = load_split_detector(infer::split_settings(cx));
    if (!split) return Status(split.error());
    split_ = std::move(*split);
    const auto wanted = rung_kind(cx.param(kind));
    if (!wanted) return Status(wanted.error());
    otherwise_ = {0, *wanted, static_cast<std::int32_t>(cx.param(level))};
    link_ = cx.link();
    const auto streams = std::max<std::size_t>(1, cx.streams().size());
    EngineOptions options = infer::engine_options(cx);
    options.sessions = static_cast<int>(streams);
    auto loaded = load_tables(cx.param(infer::tables).value, split_);
    if (!loaded) return Status(loaded.error());
    pair_ = pair_hash(split_, loaded->get());
    auto shared = HeadNetwork::load(split_, options, std::move(*loaded));
    if (!shared) return Status(shared.error());
    network_ = std::move(*shared);
    Ladder rungs;
    if (Status status = read_ladder(cx.param(ladder).value, rungs); !status) return status;
    streams_.clear();
    for (std::size_t i = 0; i < streams; ++i) {
      auto stream = HeadStream::create(*network_, static_cast<StreamId>(i));
      if (!stream) return Status(stream.error());
      if (Status status = (*stream)->warm_up(rungs); !status) return status;
      streams_.push_back(std::move(*stream));
    }
    return {};
  }

  Status process(Context& cx) override {
    HeadStream& stream = *streams_.at(cx.stamp().stream);
    if (link_) stream.learn(*link_);
    const Setup* chosen = cx.get(setup);
    const Setup& wanted = chosen ? *chosen : otherwise_;
    if (wanted.rung < 0) {
      cx.drop(Reason::intern("not_sent"));
      return {};
    }
    if (wanted.pair != 0 && wanted.pair != pair_) return other_network();
    return stream.encode({cx.get(frame)->image, cx.stamp().frame, cx.get(regions)}, wanted, cx.emit(code));
  }

  Status close() override {
    streams_.clear();
    network_.reset();
    return {};
  }

 private:
  static Status other_network() {
    return {Code::invalid,
            "the ladder was measured with another network, seam, size or tables than this stage's; measure it again "
            "with `pipeline profile`"};
  }

  Status read_ladder(const std::string& file, Ladder& rungs) const {
    if (file.empty()) return {};
    auto read = read_ladder_file(file);
    if (!read) return read.error();
    rungs = std::move(*read);
    const std::uint64_t pair = ladder_pair(rungs.fingerprint);
    return pair == 0 || pair == pair_ ? Status() : other_network();
  }

  SplitDetector split_;
  Setup otherwise_;
  std::uint64_t pair_ = 0;
  LinkMonitor* link_ = nullptr;
  std::unique_ptr<HeadNetwork> network_;
  std::vector<std::unique_ptr<HeadStream>> streams_;
};

}  // namespace

Status add_infer_head(Registry& registry) { return registry.add<Head>("infer.head"); }

}  // namespace weir

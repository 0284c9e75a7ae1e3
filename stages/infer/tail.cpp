// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "pipeline/split.hpp"
#include "pipeline/stage.hpp"
#include "stages/infer/class_table.hpp"
#include "stages/infer/params.hpp"
#include "stages/infer/split_detector.hpp"
#include "stages/infer/stages.hpp"
#include "stages/infer/tail_stream.hpp"

namespace weir {
namespace {

/// Finds objects in what infer.head sent.
class Tail final : public Stage {
 public:
  static constexpr std::string_view summary =
      "The cloud's side of a split detector: decodes what infer.head sent and runs the rest of the network.";

  static constexpr In<CodedFrame> code{"code", "what crossed from infer.head"};
  static constexpr Out<Detections> detections{"detections", "boxes in pixels of the frame, best first"};

  static constexpr std::array inputs{code.info()};
  static constexpr std::array outputs{detections.info()};
  static constexpr std::array params{infer::model.info(),      infer::seam.info(),  infer::other_seams.info(),
                                     infer::switchable.info(), infer::size.info(),  infer::sizes.info(),
                                     infer::tables.info(),     infer::score.info(), infer::nms.info(),
                                     infer::max_boxes.info(),  infer::keep.info(),  infer::engine.info(),
                                     infer::threads.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream, .any_order = true};

  Status open(OpenContext& cx) override {
    auto split = load_split_detector(infer::split_settings(cx));
    if (!split) return Status(split.error());
    split->options.score = static_cast<float>(cx.param(infer::score));
    auto class_map = make_class_map(split->options.classes, cx.param(infer::keep));
    if (!class_map) return Status(class_map.error());
    split->options.class_map = std::move(*class_map);
    class_names_ = std::make_shared<const ClassNames>(split->options.classes);
    nms_ = infer::nms_options(cx);
    const EngineOptions options = infer::engine_options(cx);
    auto loaded = load_tables(cx.param(infer::tables).value, *split);
    if (!loaded) return Status(loaded.error());
    auto network = TailNetwork::load(std::move(*split), options, std::move(*loaded));
    if (!network) return Status(network.error());
    network_ = std::move(*network);
    streams_.clear();
    for (std::size_t i = 0; i < std::max<std::size_t>(1, cx.streams().size()); ++i) {
      auto stream = TailStream::create(*network_);
      if (!stream) return Status(stream.error());
      streams_.push_back(std::move(*stream));
    }
    return {};
  }

  Status process(Context& cx) override {
    const CodedFrame& coded = *cx.get(code);
    Detections& out = cx.emit(detections);
    out.classes = class_names_;
    out.frame_width = coded.frame_width;
    out.frame_height = coded.frame_height;
    return streams_.at(cx.stamp().stream)->detect(coded, nms_, out.items);
  }

  Status close() override {
    streams_.clear();
    network_.reset();
    return {};
  }

 private:
  std::unique_ptr<TailNetwork> network_;
  ClassNamesPtr class_names_;
  NmsOptions nms_;
  std::vector<std::unique_ptr<TailStream>> streams_;
};

}  // namespace

Status add_infer_tail(Registry& registry) { return registry.add<Tail>("infer.tail"); }

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "pipeline/split.hpp"
#include "pipeline/stage.hpp"
#include "stages/infer/class_table.hpp"
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

  static constexpr Param<Path> model{{.name = "model", .help = "ONNX file of the whole detector", .required = true}};
  static constexpr Param<std::vector<std::string>> seam{
      {.name = "seam", .help = "the value that infer.head cuts at; empty: pictures alone come"}, ""};
  static constexpr Param<Path> switchable{
      {.name = "switchable", .help = "PATH/NAME of a pair made by train-switchable, the same as infer.head's"}, ""};
  static constexpr Param<std::string> size{
      {.name = "size", .help = "width and height of the network's input, multiples of 32", .unit = "px"}, "640x192"};
  static constexpr Param<Path> tables{{.name = "tables", .help = "the codec's tables, the same as infer.head's"}, ""};
  static constexpr Param<double> score{
      {.name = "score", .help = "least score of a box; a tracker makes use of low ones", .min = 0, .max = 1}, 0.1};
  static constexpr Param<double> nms{
      {.name = "nms", .help = "overlap (IoU) above which the weaker of two boxes of a class goes", .min = 0, .max = 1},
      0.5};
  static constexpr Param<std::int64_t> max_boxes{
      {.name = "max_boxes", .help = "most boxes per frame", .min = 1, .max = 10000}, std::int64_t{300}};
  static constexpr Param<std::vector<std::string>> keep{
      {.name = "keep", .help = "classes to report; car+bus+truck reports all three as car; empty: all"}, ""};
  static constexpr Param<std::string> engine{{.name = "engine",
                                              .help = "what runs the network; auto: the best of this build",
                                              .choices = "auto|openvino|opencv"},
                                             "auto"};
  static constexpr Param<std::int64_t> threads{
      {.name = "threads", .help = "per running inference", .min = 1, .max = 256}, std::int64_t{1}};

  static constexpr std::array inputs{code.info()};
  static constexpr std::array outputs{detections.info()};
  static constexpr std::array params{model.info(),  seam.info(),   switchable.info(), size.info(),
                                     tables.info(), score.info(),  nms.info(),        max_boxes.info(),
                                     keep.info(),   engine.info(), threads.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream, .any_order = true};

  Status open(OpenContext& cx) override {
    auto split =
        load_split_detector({cx.param(model).value, cx.param(seam), cx.param(size), cx.param(switchable).value});
    if (!split) return Status(split.error());
    split->options.score = static_cast<float>(cx.param(score));
    auto class_map = make_class_map(split->options.classes, cx.param(keep));
    if (!class_map) return Status(class_map.error());
    split->options.class_map = std::move(*class_map);
    class_names_ = std::make_shared<const ClassNames>(split->options.classes);
    nms_ = {.iou = static_cast<float>(cx.param(nms)), .keep = static_cast<std::size_t>(cx.param(max_boxes))};
    EngineOptions options;
    options.backend = cx.param(engine) == "auto" ? "" : cx.param(engine);
    options.threads = static_cast<int>(cx.param(threads));
    options.sessions = cx.parallel();
    auto loaded = load_tables(cx.param(tables).value, *split);
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

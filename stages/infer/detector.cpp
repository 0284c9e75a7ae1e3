// SPDX-License-Identifier: Apache-2.0
#include <mutex>

#include "stages/infer/class_table.hpp"
#include "stages/infer/coco_classes.hpp"
#include "stages/infer/detector_facts.hpp"
#include "stages/infer/detector_network.hpp"
#include "stages/infer/params.hpp"
#include "stages/infer/stages.hpp"
#include "stages/infer/views.hpp"

namespace weir {

namespace {

/// Finds objects in frames with an ONNX detector; calls share the weights, each has its own workspace.
class Detector final : public Stage {
 public:
  static constexpr std::string_view summary = "Finds objects with an ONNX detector, in whole frames, tiles or regions.";

  static constexpr In<Frame> frame{"frame", "the image to search"};
  static constexpr In<Regions> regions{"regions", "where to look; without them the whole frame or its tiles",
                                       Need::optional};
  static constexpr Out<Detections> detections{"detections", "boxes in pixels of the frame, best first"};

  static constexpr Param<std::string> decoder{
      {.name = "decoder",
       .help = "how the model's outputs are read; auto: as the file says, else by the number of its outputs",
       .choices = "auto|yolox|nanodet|weir"},
      "auto"};
  static constexpr Param<std::string> size{
      {.name = "size",
       .help = "width and height of the model's input, multiples of 32, as 640x192; empty: as in the file; native: as "
               "large as the image, which keeps its scale, padded to one of a few sizes",
       .unit = "px"},
      ""};
  static constexpr Param<std::int64_t> max_side{
      {.name = "max_side",
       .help = "size: native: a larger image is scaled down until its longer side is this, a multiple of 32",
       .unit = "px",
       .min = 32,
       .max = 16384},
      std::int64_t{1920}};
  static constexpr Param<std::int64_t> fixed_sizes{
      {.name = "fixed_sizes",
       .help = "size: native: for so many input sizes that come often, a network is compiled beside the run, which "
               "answers faster and takes memory",
       .min = 0,
       .max = 256},
      std::int64_t{16}};
  static constexpr Param<std::string> fit{
      {.name = "fit",
       .help =
           "how an image is fitted into the input: both axes stretched; aspect kept and padded; or (pad) own scale, "
           "padded, and scaled down only where it does not fit",
       .choices = "stretch|letterbox|letterbox_center|pad"},
      "stretch"};
  static constexpr Param<std::vector<std::string>> classes{
      {.name = "classes", .help = "the model's class names in order; empty: as the file says, else the 80 of COCO"},
      ""};
  static constexpr Param<std::string> tiles{
      {.name = "tiles", .help = "columns and rows the frame is cut into, each tile fitted into the input"}, "1x1"};
  static constexpr Param<double> overlap{
      {.name = "overlap", .help = "of neighbouring tiles, as a share of their side", .min = 0, .max = 0.9}, 0.1};
  static constexpr Param<double> margin{
      {.name = "margin", .help = "round each region, as a share of its larger side", .min = 0, .max = 10}, 0.2};
  static constexpr Param<std::int64_t> min_side{
      {.name = "min_side", .help = "least side of a region's crop", .unit = "px", .min = 1, .max = 16384},
      std::int64_t{64}};
  static constexpr Param<bool> rgb{{.name = "rgb", .help = "the model wants red, green, blue"}, false};
  static constexpr Param<std::vector<double>> mean{
      {.name = "mean", .help = "grey levels taken off, per input channel; empty: the decoder's usual"}, ""};
  static constexpr Param<std::vector<double>> deviation{
      {.name = "std", .help = "divisors after that, per input channel; empty: the decoder's usual"}, ""};
  static constexpr Param<std::string> precision{
      {.name = "precision", .help = "arithmetic; auto: bf16 where the machine has it", .choices = "f32|bf16|int8|auto"},
      "f32"};

  static constexpr std::array inputs{frame.info(), regions.info()};
  static constexpr std::array outputs{detections.info()};
  static constexpr std::array params{
      infer::model.info(),  decoder.info(),      size.info(),       max_side.info(),         fixed_sizes.info(),
      fit.info(),           infer::score.info(), infer::nms.info(), infer::max_boxes.info(), classes.info(),
      infer::keep.info(),   tiles.info(),        overlap.info(),    margin.info(),           min_side.info(),
      rgb.info(),           mean.info(),         deviation.info(),  infer::engine.info(),    precision.info(),
      infer::threads.info()};
  static constexpr Execution execution{.concurrency = Concurrency::parallel, .batches = true};

  Status open(OpenContext& cx) override {
    Result<DetectorOptions> options = read_options(cx);
    if (!options) return Status(options.error());
    const auto grid = parse_extent(cx.param(tiles), "tiles");
    if (!grid) return Status(grid.error());
    grid_ = {grid->first, grid->second, cx.param(overlap)};
    margin_ = cx.param(margin);
    min_side_ = static_cast<int>(cx.param(min_side));
    nms_ = infer::nms_options(cx);
    class_names_ = std::make_shared<const ClassNames>(options->classes);
    if (options->native && cx.batch() > 1) cx.warn("size: native takes images one at a time; `batch` does not help");
    auto network = DetectorNetwork::load(std::move(*options), cx.batch());
    if (!network) return Status(network.error());
    network_ = std::move(*network);
    for (int i = 0; i < cx.parallel(); ++i) {
      auto worker = DetectorWorker::create(*network_);
      if (!worker) return Status(worker.error());
      idle_.push_back(std::make_unique<Workspace>());
      idle_.back()->worker = std::move(*worker);
    }
    return {};
  }

  Status process(Context& cx) override {
    std::unique_ptr<Workspace> space = take();
    if (!space) return {Code::internal, "more calls at once than `parallel` allows"};
    Status status = detect(cx, *space);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(space));
    return status;
  }

  Status close() override {
    idle_.clear();
    network_.reset();
    return {};
  }

 private:
  struct Workspace {
    std::unique_ptr<DetectorWorker> worker;
    std::vector<DetectorWorker::Job> jobs;
    std::vector<View> views;
  };

  Result<DetectorOptions> read_options(OpenContext& cx) const;
  static Status read_native(OpenContext& cx, DetectorOptions& options);

  std::unique_ptr<Workspace> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    std::unique_ptr<Workspace> space = std::move(idle_.back());
    idle_.pop_back();
    return space;
  }

  Status detect(Context& cx, Workspace& space) const {
    space.jobs.clear();
    for (std::size_t i = 0; i < cx.count(); ++i) add_jobs(cx.item(i), space);
    if (Status status = space.worker->run(space.jobs); !status) return status;
    // Jobs of one frame follow each other; frames without any have nothing to suppress.
    std::vector<Detection>* last = nullptr;
    for (const auto& job : space.jobs) {
      if (job.boxes != last) space.worker->suppress(*job.boxes, nms_);
      last = job.boxes;
    }
    return {};
  }

  void add_jobs(Context& cx, Workspace& space) const {
    const Frame* input = cx.get(frame);
    Detections& out = cx.emit(detections);
    out.classes = class_names_;
    out.frame_width = input->image.width;
    out.frame_height = input->image.height;
    space.views.clear();
    if (const Regions* wanted = cx.get(regions)) {
      append_regions(*wanted, margin_, min_side_, out.frame_width, out.frame_height, space.views);
    } else {
      append_tiles(grid_, out.frame_width, out.frame_height, space.views);
    }
    for (const View& view : space.views) {
      space.jobs.push_back({input->image, view, &out.items, input->origin_x, input->origin_y});
    }
  }

  std::unique_ptr<DetectorNetwork> network_;
  ClassNamesPtr class_names_;
  TileGrid grid_;
  double margin_ = 0;
  int min_side_ = 1;
  NmsOptions nms_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> idle_;
};

Fit fit_of(const std::string& text) {
  if (text == "letterbox") return Fit::letterbox;
  if (text == "pad") return Fit::pad;
  return text == "letterbox_center" ? Fit::letterbox_center : Fit::stretch;
}

Status Detector::read_native(OpenContext& cx, DetectorOptions& options) {
  options.native = true;
  options.most_side = static_cast<int>(cx.param(max_side));
  options.fixed_sizes = static_cast<int>(cx.param(fixed_sizes));
  if (cx.given(fit)) return {Code::invalid, "fit does not go with size: native, which fits nothing; leave one out"};
  if (options.most_side % 32 == 0) return {};
  return {Code::invalid, "max_side is " + std::to_string(options.most_side) + "; give a multiple of 32"};
}

Result<DetectorOptions> Detector::read_options(OpenContext& cx) const {
  DetectorOptions options;
  options.model = cx.param(infer::model).value;
  const DetectorFacts facts = read_detector_facts(options.model);
  options.decoder = decoder_named(cx.param(decoder) == "auto" ? facts.decoder : cx.param(decoder));
  options.fit = fit_of(cx.param(fit));
  options.rgb = cx.param(rgb);
  options.mean = cx.param(mean);
  options.std = cx.param(deviation);
  for (const auto& [name, values] : {std::pair{"mean", &options.mean}, std::pair{"std", &options.std}}) {
    if (values->empty() || values->size() == 3) continue;
    return fail(Code::invalid,
                std::string(name) + " has " + std::to_string(values->size()) + " numbers; give 3, one per channel");
  }
  options.score = static_cast<float>(cx.param(infer::score));
  options.classes = !cx.param(classes).empty() ? cx.param(classes)
                    : !facts.classes.empty()   ? facts.classes
                                               : coco_classes();
  auto class_map = make_class_map(options.classes, cx.param(infer::keep));
  if (!class_map) return fail(class_map.error());
  options.class_map = std::move(*class_map);
  if (cx.param(size) == "native") {
    if (Status status = read_native(cx, options); !status) return fail(status.error());
  } else if (!cx.param(size).empty()) {
    const auto extent = parse_extent(cx.param(size), "size");
    if (!extent) return fail(extent.error());
    options.width = extent->first;
    options.height = extent->second;
  }
  options.engine = infer::engine_options(cx);
  const auto precision_wanted = parse_precision(cx.param(precision));
  if (!precision_wanted) return fail(precision_wanted.error());
  options.engine.precision = *precision_wanted;
  return options;
}

}  // namespace

Status add_infer_detector(Registry& registry) { return registry.add<Detector>("infer.detector"); }

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "train/detector/card.hpp"

#include "train/common/report/release.hpp"

namespace weir::train {
namespace {

std::string size_text(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

/// Licences by the pool's source names.
DataSource source_of(const PoolSource& source) {
  const std::string used =
      std::to_string(source.count) + " images, " + fixed(100 * source.weight, 0) + " % of the crops";
  const std::string kitti = "Geiger et al., CVPR 2012 and IJRR 2013";
  if (source.name.starts_with("kitti")) return {source.name, used, "CC BY-NC-SA 3.0", kitti, true};
  if (source.name == "camvid") return {source.name, used, "research use", "Brostow et al., 2008", true};
  if (source.name == "coco_road") {
    return {source.name, used, "annotations CC BY 4.0, photos under their own licences", "Lin et al., ECCV 2014",
            false};
  }
  if (source.name == "highway") return {source.name, used, "MIT", "Udacity CarND-LaneLines-P1", false};
  if (source.name == "car_detection") return {source.name, used, "CC BY 4.0", "Intel IoT sample videos", false};
  return {source.name, used, "drawn by Weir (Apache-2.0)", "", false};
}

ModelCard describe(const DetectorOptions& options, const Pool& pool, const TrainedDetector& trained,
                   const OnnxModel& written) {
  ModelCard card;
  card.name = "weir_nano";
  card.purpose =
      "Finds vehicles, people, cyclists and motorcycles in road scenes. It is the default of launch/demo.yaml and the "
      "body of Weir's elastic models. For real video a network trained on more images is better: scripts/get-model.";
  card.input = "`image`, f32 [N, 3, H, W], BGR from 0 to 255, H and W multiples of 32";
  card.output =
      "for strides 8, 16 and 32: `scores_S` f32 [N, H * W / S^2, 4], each in [0, 1], and `distances_S` f32 [N, ..., " +
      std::to_string(4 * options.shape.bins) + "], distributions of the four side distances over 0 to " +
      std::to_string(options.shape.bins - 1) + " strides (decoder `weir`)";
  card.classes = {"vehicle", "pedestrian", "cyclist", "motorcycle"};
  card.network = network_facts(written, {1, 3, 192, 640});
  card.command = options.program.command;
  card.training = {
      {"Seed", std::to_string(options.program.seed)},
      {"Steps", std::to_string(trained.end.step) + " of " + std::to_string(options.batch) + " crops of " +
                    size_text(options.augment.width, options.augment.height)},
      {"Time", format_duration(trained.end.seconds) + " on " + std::to_string(options.workers) + " threads"},
      {"Teacher", options.teacher.empty() ? "none"
                                          : options.teacher.filename().string() +
                                                ": fused labels from three sizes and their mirror images, and "
                                                "its features on every crop"},
      {"Recipe", "task-aligned assignment, varifocal loss, GIoU with centre distance, distance distributions; AdamW " +
                     fixed(options.rate, 4) + " along a cosine, weight decay " + fixed(options.weight_decay, 2) +
                     ", moving average " + fixed(options.average_decay, 3) +
                     "; mosaic and pasted objects until the last " + fixed(100 * options.plain_share, 0) + " %"}};
  for (const PoolSource& source : pool.sources) card.data.push_back(source_of(source));
  card.limits = {"Few real images were seen: on other cameras and places expect misses and false alarms.",
                 "Vans, trucks and buses are all vehicle; a bicycle counts with its rider.",
                 "Objects less than about 8 pixels high in the network's input are missed."};
  return card;
}

Status measure(ModelCard& card, std::string_view model, const ValidationSet& set, int width, int height, int threads,
               std::ostream& out) {
  auto scores = validate(model, set, width, height, threads);
  if (!scores) return scores.error();
  for (const TypeScore& row : *scores) {
    if (row.score.truth == 0) continue;
    const std::string measure = row.type + " AP50 / AP70, moderate";
    const std::string on =
        set.name + ", " + size_text(width, height) + ", " + std::to_string(row.score.truth) + " objects";
    const std::string value = fixed(row.score.ap50, 1) + " / " + fixed(row.score.ap70, 1);
    card.results.push_back({measure, on, value});
    out << measure << ": " << value << " (" << on << ")\n";
  }
  return {};
}

}  // namespace

Status write_detector(const DetectorOptions& options, const Pool& pool, const ValidationSet& check,
                      const TrainedDetector& trained, std::ostream& out) {
  auto written = write_model(with_score_sigmoids(trained.model), options.program.out / "weir_nano.onnx");
  if (!written) return written.error();
  ModelCard card = describe(options, pool, trained, written->model);
  const std::string bytes = encode_onnx(written->model);
  if (!check.frames.empty()) {
    for (const auto& [width, height] : {std::pair{640, 192}, std::pair{960, 288}}) {
      if (Status status = measure(card, bytes, check, width, height, options.workers, out); !status) return status;
    }
    if (auto object = kitti_object_validation(options.program.data)) {
      if (Status status = measure(card, bytes, *object, 960, 288, options.workers, out); !status) return status;
    }
  }
  if (Status s = measure(card, bytes, synthetic_validation(20, 10), 640, 192, options.workers, out); !s) return s;
  const Curves& curves = trained.end.curves;
  std::vector<Plot> plots{curves_plot("Loss", "", curves, {"loss"})};
  if (curves.contains("AP50"))
    plots.push_back(curves_plot("KITTI 0002, 640x192", "AP of Car", curves, {"AP50", "AP70"}));
  return write_documents(*written, plots, card);
}

}  // namespace weir::train

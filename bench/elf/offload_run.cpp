// SPDX-License-Identifier: Apache-2.0
#include "bench/elf/offload_run.hpp"

#include <chrono>
#include <mutex>
#include <sstream>

#include "bench/common/graph_run.hpp"
#include "bench/elf/slow_stages.hpp"
#include "pipeline/registry.hpp"

namespace weir::bench {
namespace {

std::map<std::uint64_t, OffloadedFrame>* current_frames = nullptr;
std::mutex current_mutex;

double share_of(const Part& part, const Parts& all) {
  const ImageView& image = part.image.get<Frame>()->image;
  return static_cast<double>(image.width) * image.height / (static_cast<double>(all.frame_width) * all.frame_height);
}

/// Notes what came of each frame.
class OffloadStage final : public Stage {
 public:
  static constexpr In<Detections> boxes{"boxes", "merged"};
  static constexpr In<Parts> parts{"parts", "that were sent"};
  static constexpr std::array inputs{boxes.info(), parts.info()};

  Status process(Context& cx) override {
    OffloadedFrame frame;
    const Packet& merged = cx.packet(boxes);
    frame.boxes = cx.get(boxes)->items;
    frame.classes = cx.get(boxes)->classes;
    frame.outcome = merged.quality().outcome;
    frame.latency_ms = std::chrono::duration<double, std::milli>(cx.now() - cx.stamp().capture).count();
    for (const Part& part : cx.get(parts)->items) frame.pixels += share_of(part, *cx.get(parts));
    const std::lock_guard lock(current_mutex);
    current_frames->insert_or_assign(cx.stamp().frame, std::move(frame));
    return {};
  }
};

}  // namespace

Status register_offload_stages(Registry& registry, double factor, double detector, const ServiceTimes* service) {
  if (Status status = register_slow_stages(registry, factor, detector, service); !status) return status;
  return registry.add<OffloadStage>("bench.offload");
}

std::string offload_launch(const OffloadPlan& plan) {
  const bool whole = plan.partition == "whole";
  std::ostringstream text;
  text << "deadline: " << plan.deadline << "\nanswer: merge\nstages:\n"
       << "  camera: {use: ingest.kitti, path: " << plan.folder << ", fps: " << plan.fps << "}\n"
       << "  propose: {use: propose.lstm, in: {frame: camera, tracks: {from: track, feedback: "
       << (plan.realtime ? "newest" : "{lag: 1}") << "}}}\n"
       << "  partition: {use: partition." << plan.partition << ", codec: " << plan.codec;
  if (!whole) text << ", parts: " << plan.parts;
  if (plan.partition == "content") text << plan.content << (plan.learn ? "" : ", learn: false");
  text << ", in: {frame: camera";
  if (!whole) {
    text << ", regions: propose, answers: {from: detect, feedback: " << (plan.realtime ? "newest" : "{lag: 1}") << "}";
  }
  text << "}}\n"
       << "  detect: {use: infer.detector, model: " << plan.model
       << ", size: native, keep: [person, bicycle, motorcycle, car+bus+truck], place: cloud, in: partition}\n"
       << "  merge: {use: merge.boxes, in: {parts: detect}}\n"
       << "  track: {use: track.sort, low: 0.1, high: 0.3, birth: 0.2, min_hits: 1, max_missed: 10, "
          "publish_missed: 4, in: merge}\n"
       << "  end: {use: bench.offload, in: {boxes: merge, parts: partition}}\n"
       << "edges:\n  camera->partition: {capacity: 2}\n  camera->propose: {capacity: 2}\n";
  if (plan.workers.empty()) return text.str();
  text << "cloud:\n  in_flight: 1\n  workers: [";
  for (std::size_t i = 0; i < plan.workers.size(); ++i) text << (i > 0 ? ", " : "") << '"' << plan.workers[i] << '"';
  text << "]\n";
  return text.str();
}

Result<std::map<std::uint64_t, OffloadedFrame>> run_offloaded(const OffloadPlan& plan, Registry& registry) {
  std::map<std::uint64_t, OffloadedFrame> frames;
  current_frames = &frames;
  RunOptions options;
  options.realtime = plan.realtime;
  options.make_loop = plan.make_loop;
  if (plan.frames > 0) options.frames = plan.frames;
  const auto run = run_graph(offload_launch(plan), registry, std::move(options));
  if (!run) return fail(run.error());
  return frames;
}

}  // namespace weir::bench

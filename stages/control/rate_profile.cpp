// SPDX-License-Identifier: Apache-2.0
#include "stages/control/rate_profile.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "kernels/eval/agreement.hpp"
#include "pipeline/clock.hpp"
#include "pipeline/link_monitor.hpp"
#include "stages/control/seam_calibration.hpp"
#include "stages/infer/head_stream.hpp"
#include "stages/infer/tail_stream.hpp"
#include "stages/infer/views.hpp"

namespace weir {
namespace {

constexpr std::size_t kLeastFrames = 8;
// What a request needs beside the code: identity of the frame, budget, sizes (docs/wire.md).
constexpr std::size_t kEnvelope = 200;
constexpr std::int32_t kLz4Bits = 8;  // of a value

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

double to_ms(Duration time) { return std::chrono::duration<double, std::milli>(time).count(); }
Duration from_ms(double ms) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

using Boxes = std::vector<Detection>;

class Profiler {
 public:
  Profiler(const ProfileOptions& options, const HeadNetwork& head, const TailNetwork& tail,
           std::span<const ImageView> frames)
      : options_(options), head_(head), tail_(tail), frames_(frames) {
    nms_ = {.iou = static_cast<float>(options.nms), .keep = 300};
  }

  /// What the whole network finds; and how long pieces take without codecs.
  Status look() {
    for (const auto& network : tail_.wholes()) {
      std::vector<Boxes> found;
      if (Status status = time_whole(*network, found); !status) return status;
      if (expected_.empty()) expected_ = std::move(found);
    }
    if (!head_.engine()) return {};
    return time_pieces();
  }

  std::size_t expected() const {
    std::size_t count = 0;
    for (const Boxes& boxes : expected_)
      count += static_cast<std::size_t>(
          std::ranges::count_if(boxes, [&](const Detection& box) { return box.score >= options_.expected_score; }));
    return count;
  }

  Result<MeasuredRung> measure(const RungCandidate& candidate) {
    auto head = HeadStream::create(head_, 0);
    if (!head) return fail(head.error());
    auto tail = TailStream::create(tail_);
    if (!tail) return fail(tail.error());
    LinkMonitor link;
    std::vector<double> bytes, device, cloud;
    std::vector<AgreementFrame> frames;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const Setup setup{.rung = 0,
                        .kind = candidate.kind,
                        .level = candidate.level,
                        .width = candidate.size.width,
                        .height = candidate.size.height};
      CodedFrame code;
      Boxes boxes;
      const TimePoint begun = clock_.now();
      (*head)->learn(link);
      if (Status status = (*head)->encode({frames_[i], i}, setup, code); !status) return fail(status.error());
      const TimePoint coded = clock_.now();
      link.asked(0, i, code.bytes.size(), coded);
      if (Status status = (*tail)->detect(code, nms_, boxes); !status) return fail(status.error());
      const TimePoint found = clock_.now();
      link.ended(0, i, {.end = ExchangeEnd::answered, .worker = 0}, found);
      bytes.push_back(static_cast<double>(code.bytes.size() + kEnvelope));
      device.push_back(to_ms(coded - begun));
      cloud.push_back(to_ms(found - coded));
      frames.push_back({expected_[i], std::move(boxes)});
    }
    return summary(candidate, frames, bytes, device, cloud);
  }

 private:
  Status time_whole(const DetectorNetwork& network, std::vector<Boxes>& found) {
    auto worker = DetectorWorker::create(network);
    if (!worker) return worker.error();
    std::vector<double> ms;
    for (const ImageView& frame : frames_) {
      Boxes& boxes = found.emplace_back();
      const DetectorWorker::Job job{frame, {0, 0, frame.width, frame.height}, &boxes};
      const TimePoint begun = clock_.now();
      if (Status status = (*worker)->run({job}); !status) return status;
      (*worker)->suppress(boxes, nms_);
      ms.push_back(to_ms(clock_.now() - begun));
    }
    whole_ms_.push_back(median(std::move(ms)));
    return {};
  }

  Status time_pieces() {
    auto head = HeadStream::create(head_, 0);
    if (!head) return head.error();
    auto tail = TailStream::create(tail_);
    if (!tail) return tail.error();
    for (std::size_t cut = 0; cut <= head_.others().size(); ++cut) {
      if (Status status = time_cut(**head, **tail, cut); !status) return status;
    }
    return {};
  }

  Status time_cut(HeadStream& head, TailStream& tail, std::size_t cut) {
    std::vector<double> head_ms, tail_ms;
    for (const ImageView& frame : frames_) {
      const TimePoint begun = clock_.now();
      const auto tensor = head.features(frame, cut);
      if (!tensor) return tensor.error();
      const TimePoint between = clock_.now();
      Boxes boxes;
      const FrameSize size{frame.width, frame.height};
      if (Status status = tail.detect(*tensor, size, nms_, boxes, cut); !status) return status;
      head_ms.push_back(to_ms(between - begun));
      tail_ms.push_back(to_ms(clock_.now() - between));
    }
    head_ms_.push_back(median(std::move(head_ms)));
    tail_ms_.push_back(median(std::move(tail_ms)));
    return {};
  }

  MeasuredRung summary(const RungCandidate& candidate, const std::vector<AgreementFrame>& frames,
                       std::vector<double> bytes, const std::vector<double>& device,
                       const std::vector<double>& cloud) const {
    MeasuredRung measured;
    Rung& rung = measured.rung;
    rung.name = candidate.name;
    rung.kind = candidate.kind;
    rung.setup = candidate.level;
    rung.width = candidate.size.width;
    rung.height = candidate.size.height;
    rung.bits = candidate.kind == RungKind::lz4 ? kLz4Bits : 0;
    rung.bytes = std::accumulate(bytes.begin(), bytes.end(), 0.0) / static_cast<double>(bytes.size());
    std::ranges::sort(bytes);
    rung.bytes_p90 = bytes[bytes.size() * 9 / 10];
    rung.device = from_ms(median(device));
    rung.cloud = from_ms(median(cloud));
    rung.accuracy =
        agreement(frames, {.expected_score = static_cast<float>(options_.expected_score)}).average_precision;
    const bool features = sends_features(candidate.kind);
    const auto cut = candidate.kind == RungKind::lz4 ? static_cast<std::size_t>(candidate.level) : 0;
    measured.encode_ms = std::max(0.0, median(device) - (features ? head_ms_[cut] : 0));
    measured.decode_ms = std::max(0.0, median(cloud) - (features ? tail_ms_[cut] : whole_ms(candidate.size)));
    return measured;
  }

  double whole_ms(const PictureSize& size) const {
    const auto& sizes = tail_.split().sizes;
    const auto found = std::ranges::find(sizes, size);
    return whole_ms_[found == sizes.end() ? 0 : static_cast<std::size_t>(found - sizes.begin())];
  }

  const ProfileOptions& options_;
  const HeadNetwork& head_;
  const TailNetwork& tail_;
  const std::span<const ImageView> frames_;
  SteadyClock clock_;
  NmsOptions nms_;
  std::vector<Boxes> expected_;
  std::vector<double> whole_ms_;           // medians, one for each of the network's sizes
  std::vector<double> head_ms_, tail_ms_;  // medians, one for each cut
};

std::string fingerprint(const SplitDetector& split, const CodeTables* tables, const Engine& engine) {
  char pair[17];
  std::snprintf(pair, sizeof pair, "%016llx", static_cast<unsigned long long>(pair_hash(split, tables)));
  return std::string(pair) + " " + engine.fingerprint();
}

/// `kept`, and again what it lacks of the rungs in LZ4: SPINN knows no others, whatever beats them.
Ladder with_rivals(Ladder kept, const Ladder& all) {
  for (const Rung& rung : all.rungs) {
    if (rung.kind == RungKind::lz4 && std::ranges::find(kept.rungs, rung.name, &Rung::name) == kept.rungs.end())
      kept.rungs.push_back(rung);
  }
  return kept;
}

}  // namespace

std::vector<RungCandidate> picture_candidates(std::span<const PictureSize> smaller) {
  std::vector<RungCandidate> all;
  const auto add = [&](RungKind kind, std::initializer_list<int> qualities, const PictureSize& size) {
    const std::string suffix = size.width > 0 ? "-" + extent_text(size.width, size.height) : std::string();
    for (const int quality : qualities)
      all.push_back({std::string(to_string(kind)) + "-" + std::to_string(quality) + suffix, kind, quality, size});
  };
  const auto add_codecs = [&](const PictureSize& size) {
    add(RungKind::jpeg, {95, 85, 70, 50, 30, 15}, size);
    add(RungKind::webp, {90, 70, 45, 20, 5}, size);
    add(RungKind::h264, {85, 75, 68, 62, 56, 50, 44}, size);
  };
  add_codecs({});
  all.push_back({"raw", RungKind::raw, 0});
  for (const PictureSize& size : smaller) add_codecs(size);
  return all;
}

Result<RateProfile> measure_rates(std::span<const ImageView> frames, const ProfileOptions& options) {
  if (frames.size() < kLeastFrames) {
    return fail(Code::invalid, std::to_string(frames.size()) + " frames to measure with; wanted " +
                                   std::to_string(kLeastFrames) + " or more");
  }
  const auto say = [&](const std::string& text) {
    if (options.progress) options.progress(text);
  };
  auto split = load_split_detector(options.network);
  if (!split) return fail(split.error());
  split->options.score = static_cast<float>(options.score);
  split->options.class_map.resize(split->options.classes.size());
  std::iota(split->options.class_map.begin(), split->options.class_map.end(), 0);
  const std::size_t half = frames.size() / 2;
  RateProfile profile;
  if (!split->seam_shapes.empty()) {
    say("calibrating the codec on " + std::to_string(half) + " frames");
    auto head = HeadNetwork::load(*split, options.engine, nullptr);
    if (!head) return fail(head.error());
    auto stream = HeadStream::create(**head, 0);
    if (!stream) return fail(stream.error());
    auto tail = TailNetwork::load(*split, options.engine, nullptr);
    if (!tail) return fail(tail.error());
    auto tables = calibrate_seam(frames.first(half), **stream, **tail);
    if (!tables) return fail(tables.error());
    profile.tables = std::move(*tables);
  }
  auto head = HeadNetwork::load(*split, options.engine, profile.tables);
  if (!head) return fail(head.error());
  auto tail = TailNetwork::load(*split, options.engine, profile.tables);
  if (!tail) return fail(tail.error());
  Profiler profiler(options, **head, **tail, frames.subspan(half));
  if (Status status = profiler.look(); !status) return fail(status.error());
  profile.expected = profiler.expected();
  if (profile.expected == 0) {
    return fail(Code::invalid, "the network finds nothing of score " + std::to_string(options.expected_score) +
                                   " or more in these frames, so nothing can be compared; give other frames");
  }
  std::vector<RungCandidate> candidates;
  for (std::size_t i = 0; profile.tables && i < profile.tables->rungs().size(); ++i) {
    candidates.push_back({profile.tables->rungs()[i].name, RungKind::features, static_cast<std::int32_t>(i)});
  }
  if (split->seam_shapes.size() == 1) candidates.push_back({"lz4", RungKind::lz4, 0});
  for (std::size_t i = 0; i < split->others.size(); ++i) {
    const std::string& seam = split->others[i].pieces.head.outputs[0].name;
    candidates.push_back({"lz4-" + seam, RungKind::lz4, static_cast<std::int32_t>(i) + 1});
  }
  for (RungCandidate& picture : picture_candidates(std::span(split->sizes).subspan(1)))
    candidates.push_back(std::move(picture));
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    say("measuring " + candidates[i].name + " (" + std::to_string(i + 1) + " of " + std::to_string(candidates.size()) +
        ")");
    auto measured = profiler.measure(candidates[i]);
    if (!measured) {
      return fail(measured.error().code, "rung " + candidates[i].name + ": " + measured.error().text);
    }
    profile.ladder.rungs.push_back(measured->rung);
    profile.all.push_back(std::move(*measured));
  }
  profile.ladder = with_rivals(pareto(profile.ladder), profile.ladder);
  profile.ladder.fingerprint = fingerprint(*split, profile.tables.get(), (*tail)->whole().single());
  return profile;
}

}  // namespace weir

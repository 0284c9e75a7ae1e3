// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "pipeline/payloads.hpp"
#include "pipeline/registry.hpp"

namespace weir::fake {

/// Launch files of the stages below: a camera alone, and what follows it.
inline const std::string kCamera = "stages:\n  cam: {use: ingest.fake, path: p}\n";
inline const std::string kChain = kCamera + "  det: {use: infer.fake, in: cam}\n  trk: {use: track.fake, in: det}\n";

/// Stages with ports and parameters of every kind, that do nothing: for tests of the launch file.
class Idle : public Stage {
 public:
  Status process(Context&) override { return {}; }
};

class Camera final : public Idle {
 public:
  static constexpr std::string_view summary = "A camera that sees nothing.";
  static constexpr Out<Frame> frame{"frame", "what it sees"};
  static constexpr Param<Path> path{{.name = "path", .help = "file to read", .required = true}};
  static constexpr Param<double> fps{{.name = "fps", .help = "frames per second", .unit = "1/s", .min = 1, .max = 120},
                                     10.0};
  static constexpr std::array outputs{frame.info()};
  static constexpr std::array params{path.info(), fps.info()};
  static constexpr Execution execution{.source = true};
};

class Detect final : public Idle {
 public:
  static constexpr std::string_view summary = "A model that finds nothing.";
  static constexpr In<Frame> frame{"frame", "image to search"};
  static constexpr In<Regions> regions{"regions", "where to look", Need::optional};
  static constexpr Out<Detections> detections{"detections", "boxes"};
  static constexpr Param<double> score{{.name = "score", .help = "least score", .min = 0, .max = 1, .live = true}, 0.3};
  static constexpr Param<std::string> precision{{.name = "precision", .help = "arithmetic", .choices = "f32|bf16|int8"},
                                                "f32"};
  static constexpr Param<double> scale{{.name = "lrc.scale", .help = "size of the low-resolution frame"}, 0.4};
  static constexpr Param<std::int64_t> every{
      {.name = "lrc.every", .help = "frames between two", .unit = "frames", .min = 1}, std::int64_t{5}};
  static constexpr Param<Duration> patience{{.name = "patience", .help = "time to wait", .min = 0, .max = 10},
                                            std::chrono::milliseconds(200)};
  static constexpr Param<std::vector<std::string>> classes{{.name = "classes", .help = "to keep"}, "car,bus"};
  static constexpr Param<std::vector<double>> mean{{.name = "mean", .help = "to subtract", .min = 0, .max = 255},
                                                   "0,0.5"};
  static constexpr Param<bool> verbose{{.name = "verbose", .help = "say more"}, false};
  static constexpr std::array inputs{frame.info(), regions.info()};
  static constexpr std::array outputs{detections.info()};
  static constexpr std::array params{score.info(),    precision.info(), scale.info(), every.info(),
                                     patience.info(), classes.info(),   mean.info(),  verbose.info()};
  static constexpr Execution execution{.concurrency = Concurrency::parallel, .batches = true};
};

class Track final : public Idle {
 public:
  static constexpr std::string_view summary = "Follows nothing.";
  static constexpr In<Detections> detections{"detections", "boxes to follow"};
  static constexpr Out<Tracks> tracks{"tracks", "objects"};
  static constexpr std::array inputs{detections.info()};
  static constexpr std::array outputs{tracks.info()};
};

class Propose final : public Idle {
 public:
  static constexpr In<Frame> frame{"frame", "image"};
  static constexpr In<Tracks> tracks{"tracks", "known objects", Need::optional};
  static constexpr Out<Regions> regions{"regions", "where to look"};
  static constexpr std::array inputs{frame.info(), tracks.info()};
  static constexpr std::array outputs{regions.info()};
};

class Join final : public Idle {
 public:
  static constexpr In<Frame> frame{"frame", "image"};
  static constexpr In<Tracks> tracks{"tracks", "objects"};
  static constexpr Out<Detections> detections{"detections", "boxes"};
  static constexpr std::array inputs{frame.info(), tracks.info()};
  static constexpr std::array outputs{detections.info()};
};

class Sink final : public Idle {
 public:
  static constexpr InAnyOf<> anything{"anything", "what to write"};
  static constexpr In<Frame> frame{"frame", "image to draw on", Need::optional};
  static constexpr std::array inputs{anything.info(), frame.info()};
};

inline Registry make_registry() {
  Registry registry;
  const bool added = registry.add<Camera>("ingest.fake") && registry.add<Detect>("infer.fake") &&
                     registry.add<Track>("track.fake") && registry.add<Propose>("propose.fake") &&
                     registry.add<Join>("merge.fake") && registry.add<Sink>("sink.fake");
  return added ? registry : Registry();
}

}  // namespace weir::fake

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/payloads.hpp"
#include "pipeline/stage.hpp"
#include "stages/sink/annotate.hpp"

namespace weir {

/// The ports and parameters that the sinks of annotated video have in common, to be inherited.
struct DrawnVideo {
  static constexpr In<Frame> frame{"frame", "the frames to show"};
  static constexpr InAnyOf<Detections, Tracks> objects{
      "objects", "what to draw; a frame without it is shown with the badge \"no answer\"", Need::optional};
  static constexpr InAnyOf<Parts, PartAnswers> parts{"parts", "the parts that the frames were cut into",
                                                     Need::optional};
  static constexpr In<Regions> regions{"regions", "where objects were expected", Need::optional};

  static constexpr ParamSpec quality_spec{.name = "quality",
                                          .help = "constant quality, as x264's crf: 0 is best and largest, 50 worst",
                                          .min = 0,
                                          .max = 50};
  static constexpr Param<std::int64_t> bitrate{{.name = "bitrate",
                                                .help = "constant bit rate in place of quality; 0: none",
                                                .unit = "kbit/s",
                                                .min = 0,
                                                .max = 200000},
                                               0};
  static constexpr Param<std::vector<std::string>> draw{
      {.name = "draw",
       .help = "what to draw: boxes, labels (class, identity, score), badge (outcome, frame number), truth (labelled "
               "boxes, white), parts (dashed: low-resolution looks; red: without an answer), regions (dotted, with "
               "margins)"},
      "boxes,labels,badge,parts,regions"};

  static Overlay overlay(const Context& cx) { return {cx.packet(objects), cx.packet(parts), cx.packet(regions)}; }
};

}  // namespace weir

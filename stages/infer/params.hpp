// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/detect/nms.hpp"
#include "pipeline/stage.hpp"
#include "stages/infer/split_detector.hpp"

/// Parameters that several stages of this folder have, and what they are read as.
namespace weir::infer {

inline constexpr Param<double> score{
    {.name = "score", .help = "least score of a box; a tracker makes use of low ones", .min = 0, .max = 1}, 0.1};
inline constexpr Param<double> nms{
    {.name = "nms", .help = "overlap (IoU) above which the weaker of two boxes of a class goes", .min = 0, .max = 1},
    0.5};
inline constexpr Param<std::int64_t> max_boxes{
    {.name = "max_boxes", .help = "most boxes per frame", .min = 1, .max = 10000}, std::int64_t{300}};
inline constexpr Param<std::vector<std::string>> keep{
    {.name = "keep", .help = "classes to report; car+bus+truck reports all three as car; empty: all"}, ""};
inline constexpr Param<std::string> engine{{.name = "engine",
                                            .help = "what runs the network; auto: the best of this build",
                                            .choices = "auto|openvino|opencv"},
                                           "auto"};
inline constexpr Param<std::int64_t> threads{
    {.name = "threads",
     .help = "per running inference; where calls may run at once, more of those (`parallel`) usually pay better",
     .min = 1,
     .max = 256},
    std::int64_t{1}};

// Of both sides of a split detector.
inline constexpr Param<Path> model{{.name = "model", .help = "ONNX file of the whole detector", .required = true}};
inline constexpr Param<std::vector<std::string>> seam{
    {.name = "seam",
     .help = "the value to cut at (`pipeline model seams` lists them), the same for head and tail; empty: pictures "
             "alone are sent"},
    ""};
inline constexpr Param<Path> switchable{
    {.name = "switchable",
     .help =
         "PATH/NAME of a pair made of this model by train-switchable, the same for head and tail: its bottleneck is "
         "sent in place of the seam's tensor, in the setup that the rung names"},
    ""};
inline constexpr Param<std::vector<std::string>> other_seams{
    {.name = "other_seams",
     .help = "other values of one tensor to cut at, the same for head and tail, as [\"691\", \"781\"]: features in LZ4 "
             "may be sent of each, as SPINN does. `pipeline profile` measures rungs of them"},
    ""};
inline constexpr Param<std::string> size{
    {.name = "size", .help = "width and height of the network's input, multiples of 32", .unit = "px"}, "640x192"};
inline constexpr Param<std::vector<std::string>> sizes{
    {.name = "sizes",
     .help =
         "smaller sizes that pictures may be sent in, the same for head and tail, as [480x160, 320x96]: multiples of "
         "32, no larger than `size`. `pipeline profile` measures rungs of them"},
    ""};
inline constexpr Param<Path> tables{
    {.name = "tables",
     .help = "the codec's tables for this seam or pair, from `pipeline profile`, the same for head and tail"},
    ""};

inline NmsOptions nms_options(const OpenContext& cx) {
  return {.iou = static_cast<float>(cx.param(nms)), .keep = static_cast<std::size_t>(cx.param(max_boxes))};
}

inline EngineOptions engine_options(const OpenContext& cx) {
  EngineOptions options;
  options.backend = cx.param(engine) == "auto" ? "" : cx.param(engine);
  options.threads = static_cast<int>(cx.param(threads));
  options.sessions = cx.parallel();
  return options;
}

inline SplitSettings split_settings(const OpenContext& cx) {
  return {cx.param(model).value,      cx.param(seam),  cx.param(size),
          cx.param(switchable).value, cx.param(sizes), cx.param(other_seams)};
}

}  // namespace weir::infer

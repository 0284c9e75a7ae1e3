// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <utility>

#include "pipeline/payloads.hpp"
#include "stages/ingest/image_decoder.hpp"
#include "stages/ingest/kitti_sequence.hpp"
#include "stages/ingest/stages.hpp"

namespace weir {
namespace {

constexpr int kShownBadImages = 3;

/// Plays a KITTI recording with its truth.
class Kitti final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Plays a recording in KITTI's tracking, raw or object layout, with its labels as truth.";
  static constexpr Out<Frame> frame{"frame",
                                    "the image as BGR pixels, with its labelled objects where labels are known"};
  static constexpr Param<Path> path{
      {.name = "path",
       .help =
           "the recording: .../image_02/SEQ (tracking), a drive's folder or its image_02 (raw), .../image_2 (object)",
       .required = true}};
  static constexpr Param<double> fps{{.name = "fps",
                                      .help = "images per second; not used where the raw layout has time stamps",
                                      .unit = "1/s",
                                      .min = 0.001,
                                      .max = 1000.0},
                                     10.0};
  static constexpr Param<std::string> labels{
      {.name = "labels",
       .help =
           "label file (tracking) or folder (object) to use; empty: found by the layout (label_02/SEQ.txt, label_2); "
           "none: leave the truth out"},
      ""};
  static constexpr std::array outputs{frame.info()};
  static constexpr std::array params{path.info(), fps.info(), labels.info()};
  static constexpr Execution execution{.blocking = true, .source = true};

  Status open(OpenContext& cx) override {
    auto found = find_kitti_sequence(cx.param(path).value, cx.param(fps), cx.param(labels));
    if (!found) return found.error();
    sequence_ = *std::move(found);
    for (std::string& warning : sequence_.warnings) cx.warn(std::move(warning));
    return ImageDecoder::load_codecs();
  }

  Status process(Context& cx) override {
    if (cx.stopping() || next_ == sequence_.images.size()) {
      cx.end_of_stream();
      return {};
    }
    const KittiImage& image = sequence_.images[next_++];
    if (next_ < sequence_.images.size()) ImageDecoder::prefetch(sequence_.images[next_].file);
    cx.set_media_time(image.time);
    Frame& out = cx.emit(frame);
    if (const Status status = decoder_.read(image.file, out); !status) {
      if (bad_++ < kShownBadImages) cx.warn(status.error().text + "; this frame is dropped");
      cx.drop(Reasons::decode_error);
      return {};
    }
    const std::vector<TruthBox>* truth = sequence_.truth.find(image.number);
    out.has_truth = truth != nullptr;
    if (truth) out.truth.assign(truth->begin(), truth->end());
    return {};
  }

 private:
  KittiSequence sequence_;
  ImageDecoder decoder_;
  std::size_t next_ = 0;
  int bad_ = 0;
};

}  // namespace

Status add_ingest_kitti(Registry& registry) { return registry.add<Kitti>("ingest.kitti"); }

}  // namespace weir

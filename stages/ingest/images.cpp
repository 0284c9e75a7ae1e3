// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/payloads.hpp"
#include "stages/ingest/image_decoder.hpp"
#include "stages/ingest/image_files.hpp"
#include "stages/ingest/stages.hpp"

namespace weir {
namespace {

constexpr int kShownBadImages = 3;

/// Plays the images of a folder as a recording.
class Images final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Plays the images of a folder, in the order of their names, as a recording.";
  static constexpr Out<Frame> frame{"frame", "the image as BGR pixels"};
  static constexpr Param<Path> path{
      {.name = "path",
       .help = "folder with .png, .jpg, .jpeg or .bmp files, or a pattern such as images/*.png, or one file; played in "
               "the order of the names, where numbers count as numbers (9 before 10)",
       .required = true}};
  static constexpr Param<double> fps{{.name = "fps",
                                      .help = "images per second: sets when each was taken",
                                      .unit = "1/s",
                                      .min = 0.001,
                                      .max = 1000.0},
                                     10.0};
  static constexpr Param<bool> loop{
      {.name = "loop", .help = "begin again after the last image; the run then ends by --frames, --duration or Ctrl-C"},
      false};
  static constexpr std::array outputs{frame.info()};
  static constexpr std::array params{path.info(), fps.info(), loop.info()};
  static constexpr Execution execution{.blocking = true, .source = true};

  Status open(OpenContext& cx) override {
    auto files = list_images(cx.param(path).value, "path");
    if (!files) return files.error();
    files_ = *std::move(files);
    fps_ = cx.param(fps);
    loop_ = cx.param(loop);
    return ImageDecoder::load_codecs();
  }

  Status process(Context& cx) override {
    if (cx.stopping() || next_ == files_.size()) {
      cx.end_of_stream();
      return {};
    }
    const std::string& file = files_[next_++];
    if (next_ == files_.size() && loop_) next_ = 0;
    if (next_ < files_.size()) ImageDecoder::prefetch(files_[next_]);
    cx.set_media_time(Duration(static_cast<std::int64_t>(static_cast<double>(count_++) * 1e9 / fps_)));
    if (const Status status = decoder_.read(file, cx.emit(frame)); !status) {
      if (bad_++ < kShownBadImages) cx.warn(status.error().text + "; this frame is dropped");
      cx.drop(Reasons::decode_error);
    }
    return {};
  }

 private:
  std::vector<std::string> files_;
  ImageDecoder decoder_;
  std::size_t next_ = 0;
  std::uint64_t count_ = 0;
  int bad_ = 0;
  double fps_ = 0;
  bool loop_ = false;
};

}  // namespace

Status add_ingest_images(Registry& registry) { return registry.add<Images>("ingest.images"); }

}  // namespace weir

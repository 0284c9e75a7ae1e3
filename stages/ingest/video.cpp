// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "pipeline/payloads.hpp"
#include "stages/ingest/stages.hpp"
#include "stages/ingest/video_file.hpp"

namespace weir {
namespace {

constexpr Duration kWait = std::chrono::milliseconds(50);

/// Plays a video file.
class Video final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Plays a video file: anything GStreamer can decode (MP4, MKV, AVI, WebM, ...).";
  static constexpr Out<Frame> frame{"frame", "the decoded image as BGR pixels"};
  static constexpr Param<Path> path{
      {.name = "path",
       .help =
           "the video file; its first video track is played, turned upright if the file says so. A file that was cut "
           "short is played up to the damage",
       .required = true}};
  static constexpr Param<bool> loop{
      {.name = "loop", .help = "begin again at the end; the run then ends by --frames, --duration or Ctrl-C"}, false};
  static constexpr std::array outputs{frame.info()};
  static constexpr std::array params{path.info(), loop.info()};
  static constexpr Execution execution{.blocking = true, .source = true};

  Status open(OpenContext& cx) override {
    path_ = cx.param(path).value;
    loop_ = cx.param(loop);
    return reopen();
  }

  Status process(Context& cx) override {
    Frame& out = cx.emit(frame);
    while (!cx.stopping()) {
      const auto step = file_->next(out, kWait);
      if (!step) return step.error();
      if (*step == VideoFile::Step::frame) {
        any_ = true;
        cx.set_media_time(start_ + file_->time());
        return {};
      }
      if (*step == VideoFile::Step::nothing_yet) continue;
      if (!file_->damage().empty() && !std::exchange(warned_, true)) cx.warn(file_->damage());
      if (!loop_ || !std::exchange(any_, false)) break;
      start_ += file_->end_time();
      if (Status status = reopen(); !status) return status;
    }
    cx.end_of_stream();
    return {};
  }

  Status close() override {
    file_.reset();
    return {};
  }

 private:
  Status reopen() {
    file_.reset();
    auto opened = VideoFile::open(path_, "path");
    if (!opened) return opened.error();
    file_ = *std::move(opened);
    return {};
  }

  std::string path_;
  std::unique_ptr<VideoFile> file_;
  Duration start_{};  // of this pass, since the recording's start
  bool loop_ = false;
  bool any_ = false;  // this pass gave a frame
  bool warned_ = false;
};

}  // namespace

Status add_ingest_video(Registry& registry) { return registry.add<Video>("ingest.video"); }

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/sink/drawn_video.hpp"
#include "stages/sink/h264_file.hpp"
#include "stages/sink/output_file.hpp"
#include "stages/sink/stages.hpp"

namespace weir {
namespace {

constexpr double kUsualFps = 10;

/// The video of one stream and where it stands.
struct Recording {
  std::string path;
  std::unique_ptr<Annotator> annotator;
  std::unique_ptr<H264File> file{};  // from the first frame on
  CanvasSize size{};
  Stamp first{};
  Duration last{-1};
  Duration step{};
  std::optional<Error> failed{};
};

/// Writes annotated video files.
class Video final : public Stage, DrawnVideo {
 public:
  static constexpr std::string_view summary =
      "Writes an H.264 video of the frames with the objects drawn in. It plays even if the run is killed or the disk "
      "fills up.";
  static constexpr Param<Path> path{
      {.name = "path",
       .help = "the file to write, ending in .mp4, .m4v, .mov or .mkv; its folders are made, a file that is there is "
               "replaced. {stream} stands for the stream's name, and is needed when several come in",
       .required = true}};
  static constexpr Param<double> fps{
      {.name = "fps",
       .help = "frames per second of the video; 0: as the frames were taken when the run goes in real time, else 10",
       .unit = "1/s",
       .min = 0,
       .max = 240},
      0.0};
  static constexpr Param<std::int64_t> quality{quality_spec, 23};
  static constexpr std::array inputs{frame.info(), objects.info(), parts.info(), regions.info()};
  static constexpr std::array params{path.info(), fps.info(), quality.info(), bitrate.info(), draw.info()};
  static constexpr Execution execution{.blocking = true};

  Status open(OpenContext& cx) override {
    const std::string& pattern = cx.param(path).value;
    if (Status status = H264File::check_ending(pattern); !status) return status;
    if (cx.streams().size() > 1 && pattern.find("{stream}") == std::string::npos) {
      return {Code::invalid, "path: \"" + pattern + "\" names one file, but " + std::to_string(cx.streams().size()) +
                                 " streams come in; put {stream} into it, as in out/{stream}.mp4"};
    }
    const auto options = DrawOptions::parse(cx.param(draw));
    if (!options) return options.error();
    for (const std::string& stream : cx.streams()) {
      auto annotator = Annotator::create(*options);
      if (!annotator) return annotator.error();
      recordings_.push_back(Recording{.path = expand_stream(pattern, stream), .annotator = *std::move(annotator)});
      if (Status status = make_parent_folders(recordings_.back().path, "path"); !status) return status;
    }
    fps_ = cx.param(fps) > 0 || cx.realtime() ? cx.param(fps) : kUsualFps;
    quality_ = cx.param(quality);
    bitrate_ = cx.param(bitrate);
    return {};
  }

  Status process(Context& cx) override {
    Recording& recording = recordings_.at(cx.stamp().stream);
    if (recording.failed) return *recording.failed;
    Status status = add(recording, *cx.get(frame), cx.stamp(), overlay(cx));
    if (!status) recording.failed = status.error();
    return status;
  }

  Status close() override {
    Status first;
    for (Recording& recording : recordings_) {
      if (!recording.file) continue;
      if (Status status = recording.file->close(); !status && first) first = std::move(status);
    }
    return first;
  }

 private:
  Status add(Recording& recording, const Frame& picture, const Stamp& stamp, const Overlay& over) const {
    if (!recording.file) {
      recording.size = CanvasSize::of(picture.image);
      recording.first = stamp;
      auto file = H264File::create(
          {.path = recording.path, .size = recording.size, .fps = fps_, .quality = quality_, .bitrate = bitrate_});
      if (!file) return file.error();
      recording.file = *std::move(file);
    }
    const auto canvas = recording.file->canvas();
    if (!canvas) return canvas.error();
    recording.annotator->draw(picture, stamp, over, *canvas);
    const Duration time = show_at(recording, stamp);
    return recording.file->push(time, recording.step);
  }

  // A frame that is missing leaves its place in time to the one before.
  Duration show_at(Recording& recording, const Stamp& stamp) const {
    const auto usual = [](double rate) { return Duration(static_cast<std::int64_t>(1e9 / rate)); };
    Duration time = stamp.capture - recording.first.capture;
    if (fps_ > 0)
      time = Duration(static_cast<std::int64_t>(1e9 * static_cast<double>(stamp.frame - recording.first.frame) / fps_));
    recording.step = fps_ > 0 ? usual(fps_) : usual(kUsualFps);
    if (time <= recording.last) time = recording.last + std::chrono::milliseconds(1);
    if (fps_ == 0 && recording.last >= Duration::zero()) recording.step = time - recording.last;
    recording.last = time;
    return time;
  }

  std::vector<Recording> recordings_;  // by StreamId
  double fps_ = 0;
  std::int64_t quality_ = 0;
  std::int64_t bitrate_ = 0;
};

}  // namespace

Status add_sink_video(Registry& registry) { return registry.add<Video>("sink.video"); }

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline/payloads.hpp"
#include "pipeline/stage.hpp"
#include "stages/sink/frame_json.hpp"
#include "stages/sink/output_file.hpp"
#include "stages/sink/stages.hpp"

namespace weir {
namespace {

/// Writes answers to a file of JSON lines.
class Jsonl final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Writes one line of JSON per answered frame: stream, frame, capture_ms, outcome, and objects with class, score, "
      "box [left, top, right, bottom] in pixels, and id for tracks. The same answers give the same bytes.";
  static constexpr InAnyOf<Detections, Tracks> in{"in", "the answers to write"};
  static constexpr Param<Path> path{
      {.name = "path",
       .help =
           "the file to write; its folders are made, a file that is there is replaced. If a write fails (disk full), "
           "what is there stays, in whole lines, and the run ends with an error",
       .required = true}};
  static constexpr Param<std::int64_t> flush{
      {.name = "flush",
       .help = "hand the lines to the system every so many frames; with 1 a killed run loses no line, more saves calls "
               "when there are thousands of frames a second",
       .unit = "frames",
       .min = 1,
       .max = 100000},
      1};
  static constexpr Param<bool> published{
      {.name = "published",
       .help = "also write when the answer came (published_ms): `pipeline eval` can then score a run in real time for "
               "streaming AP, but no two runs write the same bytes"},
      false};
  static constexpr Param<std::string> mark{
      {.name = "mark",
       .help =
           "also write \"final\": false for answers that a better one may follow (those of a device's own detector), "
           "true for those that stand",
       .choices = "none|provisional|final"},
      "none"};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array params{path.info(), flush.info(), published.info(), mark.info()};
  static constexpr Execution execution{.blocking = true};

  Status open(OpenContext& cx) override {
    auto file = OutputFile::create(cx.param(path).value, "path");
    if (!file) return file.error();
    file_ = *std::move(file);
    json_.emplace(cx.streams());
    flush_ = cx.param(flush);
    published_ = cx.param(published);
    if (cx.param(mark) != "none") mark_ = cx.param(mark) == "final" ? ",\"final\":true}" : ",\"final\":false}";
    return {};
  }

  Status process(Context& cx) override {
    json_->append(lines_, cx.packet(in), published_ ? std::optional(cx.now()) : std::nullopt);
    if (!mark_.empty()) {
      lines_.pop_back();  // the closing brace
      lines_ += mark_;
    }
    lines_ += '\n';
    return ++held_ >= flush_ ? write() : Status{};
  }

  Status close() override {
    const Status written = held_ > 0 ? write() : Status{};
    const Status closed = file_.close();
    return written ? closed : written;
  }

 private:
  Status write() {
    const Status status = file_.write(lines_);
    lines_.clear();
    held_ = 0;
    return status;
  }

  OutputFile file_;
  std::optional<FrameJson> json_;
  std::string lines_;
  std::string mark_;  ///< what ends an object in place of its brace; empty: nothing does
  std::int64_t flush_ = 1;
  bool published_ = false;
  std::int64_t held_ = 0;
};

}  // namespace

Status add_sink_jsonl(Registry& registry) { return registry.add<Jsonl>("sink.jsonl"); }

}  // namespace weir

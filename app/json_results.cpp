// SPDX-License-Identifier: Apache-2.0
#include "app/json_results.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "kernels/eval/kitti_types.hpp"

namespace weir::app {
namespace {

std::chrono::nanoseconds milliseconds(const nlohmann::json& value) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value.get<double>() * 1e6));
}

std::vector<ScoredBox> objects_of(const nlohmann::json& line) {
  std::vector<ScoredBox> objects;
  for (const auto& item : line.at("objects")) {
    const auto type = kitti_type(item.at("class").get<std::string>());
    if (!type) continue;
    const auto& box = item.at("box");
    ScoredBox object;
    object.box = {box.at(0).get<float>(), box.at(1).get<float>(), box.at(2).get<float>(), box.at(3).get<float>()};
    object.type = *type;
    object.score = item.at("score").get<double>();
    object.track_id = item.value("id", std::int64_t{-1});
    objects.push_back(std::move(object));
  }
  return objects;
}

/// Capture time of any frame: of the file where it has the frame, else by the period between its first and last.
class CaptureTimes {
 public:
  explicit CaptureTimes(std::span<const CapturedFrame> captures) {
    for (const CapturedFrame& capture : captures) known_[capture.frame] = capture.captured;
  }

  std::chrono::nanoseconds of(std::int64_t frame) const {
    if (const auto found = known_.find(frame); found != known_.end()) return found->second;
    if (known_.empty()) return std::chrono::nanoseconds{0};
    const auto& [first, start] = *known_.begin();
    const auto& [last, end] = *known_.rbegin();
    return last == first ? start : start + (end - start) * (frame - first) / (last - first);
  }

 private:
  std::map<std::int64_t, std::chrono::nanoseconds> known_;
};

}  // namespace

Result<JsonResults> parse_json_results(std::string_view path, std::string_view text) {
  JsonResults results;
  bool timed = true;
  std::string stream;
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string text_line; std::getline(lines, text_line);) {
    ++number;
    if (text_line.empty()) continue;
    const std::string place = std::string(path) + ":" + std::to_string(number) + ": ";
    try {
      const auto line = nlohmann::json::parse(text_line);
      const auto name = line.value("stream", std::string());
      if (!results.captures.empty() && name != stream) {
        return fail(Code::corrupt, place + "holds stream \"" + name + "\" besides \"" + stream +
                                       "\"; one file of truth needs the answers of one stream");
      }
      stream = name;
      const auto frame = line.at("frame").get<std::int64_t>();
      std::vector<ScoredBox> objects = objects_of(line);
      for (const ScoredBox& object : objects) results.rows.push_back({frame, object});
      results.captures.push_back({frame, milliseconds(line.at("capture_ms"))});
      timed = timed && line.contains("published_ms");
      if (timed) results.answers.push_back({frame, milliseconds(line.at("published_ms")), std::move(objects)});
    } catch (const nlohmann::json::exception& error) {
      return fail(Code::corrupt, place + "is no answer as sink.jsonl writes it (" + error.what() + ")");
    }
  }
  if (!timed) results.answers.clear();
  return results;
}

TimedStream timed_stream(std::span<const TruthRow> truth, std::span<const CapturedFrame> captures,
                         std::vector<TimedAnswer> answers) {
  const CaptureTimes times(captures);
  std::map<std::int64_t, std::vector<TruthBox>> by_frame;
  for (const CapturedFrame& capture : captures) by_frame[capture.frame];
  for (const TruthRow& row : truth) by_frame[row.frame].push_back(row.object);
  TimedStream stream;
  for (auto& [frame, boxes] : by_frame) stream.truth.push_back({frame, times.of(frame), std::move(boxes)});
  stream.answers = std::move(answers);
  return stream;
}

}  // namespace weir::app

// SPDX-License-Identifier: Apache-2.0
#include "stages/sink/frame_json.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "stages/sink/answer_view.hpp"

namespace weir {
namespace {

constexpr int kPixelDecimals = 3;  // as in KITTI result files, so that both score alike
constexpr int kScoreDecimals = 6;
constexpr int kMsDecimals = 3;

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_fixed(std::string& out, double value, int decimals) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  std::array<char, 400> digits{};  // the longest double with 6 decimals has 317 characters
  const auto result =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, decimals);
  std::string_view text(digits.data(), static_cast<std::size_t>(result.ptr - digits.data()));
  if (text.starts_with('-') && text.find_first_not_of("-0.") == std::string_view::npos) text.remove_prefix(1);
  out += text;
}

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> digits{};
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void append_field(std::string& out, std::string_view name, std::int64_t value) {
  out += ",\"";
  out += name;
  out += "\":";
  append_integer(out, value);
}

void append_quality(std::string& out, const Quality& quality) {
  constexpr Quality kDefault;
  out += ",\"outcome\":\"";
  out += to_string(quality.outcome);
  out += '"';
  if (quality.parts != kDefault.parts) append_field(out, "parts", quality.parts);
  if (quality.parts_ok != kDefault.parts_ok) append_field(out, "parts_ok", quality.parts_ok);
  if (quality.age != kDefault.age) append_field(out, "age", quality.age);
  if (quality.worker != kDefault.worker) append_field(out, "worker", quality.worker);
  if (quality.setup != kDefault.setup) append_field(out, "setup", quality.setup);
  if (!std::isnan(quality.expected_accuracy)) {
    out += ",\"expected_accuracy\":";
    append_fixed(out, quality.expected_accuracy, kScoreDecimals);
  }
}

void append_object(std::string& out, const AnswerObject& object, std::string_view class_text, bool tracked) {
  out += "{\"class\":";
  out += class_text;
  out += ",\"score\":";
  append_fixed(out, object.score, kScoreDecimals);
  char separator = '[';
  out += ",\"box\":";
  for (const float side : {object.box.left, object.box.top, object.box.right, object.box.bottom}) {
    out += separator;
    append_fixed(out, side, kPixelDecimals);
    separator = ',';
  }
  out += ']';
  if (tracked) append_field(out, "id", object.id);
  if (object.missed != 0) append_field(out, "missed", object.missed);
  out += '}';
}

}  // namespace

FrameJson::FrameJson(std::span<const std::string> streams) {
  for (const std::string& stream : streams) streams_.push_back(quoted(stream));
}

void FrameJson::learn(ClassNamesPtr classes) {
  class_texts_.clear();
  for (const std::string& name : classes ? *classes : ClassNames{}) class_texts_.push_back(quoted(name));
  classes_ = std::move(classes);
}

void FrameJson::append(std::string& out, const Packet& objects, std::optional<TimePoint> published) {
  const AnswerView answer(objects);
  if (ClassNamesPtr classes = answer.classes(); classes != classes_) learn(std::move(classes));
  const Stamp& stamp = objects.stamp();
  out += "{\"stream\":";
  if (stamp.stream < streams_.size()) {
    out += streams_[stamp.stream];
  } else {
    append_integer(out, stamp.stream);
  }
  append_field(out, "frame", static_cast<std::int64_t>(stamp.frame));
  out += ",\"capture_ms\":";
  append_fixed(out, std::chrono::duration<double, std::milli>(stamp.capture.time_since_epoch()).count(), kMsDecimals);
  if (published) {
    out += ",\"published_ms\":";
    append_fixed(out, std::chrono::duration<double, std::milli>(published->time_since_epoch()).count(), kMsDecimals);
  }
  append_quality(out, objects.quality());
  out += ",\"objects\":[";
  for (std::size_t i = 0; i < answer.size(); ++i) {
    if (i > 0) out += ',';
    const AnswerObject object = answer[i];
    const bool named = object.class_id >= 0 && static_cast<std::size_t>(object.class_id) < class_texts_.size();
    append_object(out, object, named ? class_texts_[static_cast<std::size_t>(object.class_id)] : "\"unknown\"",
                  answer.tracked());
  }
  out += "]}";
}

}  // namespace weir

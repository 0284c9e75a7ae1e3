// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/kitti_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

namespace weir {
namespace {

constexpr std::size_t kMaxColumns = 18;
constexpr double kMaxFrame = 1e9;
constexpr double kMaxId = 9007199254740992.0;  // 2^53: whole numbers up to it are exact
constexpr double kMaxPixel = 1e6;
constexpr std::size_t kShownCharacters = 24;

// Columns of the object formats; the tracking formats have frame and track id before them.
enum Column : std::size_t { kType, kTruncated, kOccluded, kAlpha, kLeft, kTop, kRight, kBottom, kObjectColumns = 15 };
constexpr std::array<std::string_view, 16> kColumnNames{"type",  "truncated", "occluded", "alpha", "left",   "top",
                                                        "right", "bottom",    "height",   "width", "length", "x",
                                                        "y",     "z",         "rotation", "score"};
constexpr std::size_t kScore = kObjectColumns;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

/// The columns of one line: views into the text, and how many there are (more than kMaxColumns are counted, not kept).
struct Columns {
  std::array<std::string_view, kMaxColumns> text;
  std::size_t count = 0;
};

Columns split(std::string_view line) {
  Columns columns;
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) return columns;
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at])) ++at;
    if (columns.count < kMaxColumns) columns.text[columns.count] = line.substr(begin, at - begin);
    ++columns.count;
  }
}

std::string shown(std::string_view value) {
  std::string text = "\"";
  for (const char c : value.substr(0, kShownCharacters)) text += c >= ' ' && c <= '~' ? c : '?';
  return text + (value.size() > kShownCharacters ? "...\"" : "\"");
}

std::string bad_value(std::string_view column, std::string_view value, std::string_view wanted) {
  return std::string(column) + " is " + shown(value) + ", wanted " + std::string(wanted);
}

/// Reads the columns of one line; the first fault is kept and later calls change nothing.
class RowReader {
 public:
  RowReader(const Columns& columns, bool tracking) : columns_(columns), offset_(tracking ? 2 : 0) {}

  double number(std::size_t index, std::string_view name) {
    const std::string_view text = columns_.text[index];
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
      reject(bad_value(name, text, "a finite number"));
      return 0;
    }
    return value;
  }

  std::int64_t whole(std::size_t index, std::string_view name, double low, double high, std::string_view wanted) {
    const double value = number(index, name);
    if (value != std::floor(value) || value < low || value > high) {
      reject(bad_value(name, columns_.text[index], wanted));
      return 0;
    }
    return static_cast<std::int64_t>(value);
  }

  double object_number(std::size_t column) { return number(offset_ + column, kColumnNames[column]); }

  std::int64_t frame() { return whole(0, "frame", 0, kMaxFrame, "a whole number from 0 to 10^9"); }
  std::int64_t track_id() { return whole(1, "track id", -kMaxId, kMaxId, "a whole number of at most 2^53"); }
  std::string type() const { return std::string(columns_.text[offset_ + kType]); }
  std::int32_t occluded() {
    return static_cast<std::int32_t>(whole(offset_ + kOccluded, "occluded", -1, 3, "-1, 0, 1, 2 or 3"));
  }

  Box box() {
    std::array<double, 4> side{};
    for (std::size_t i = 0; i < side.size(); ++i) {
      side[i] = object_number(kLeft + i);
      if (std::abs(side[i]) > kMaxPixel) {
        reject(bad_value(kColumnNames[kLeft + i], columns_.text[offset_ + kLeft + i], "at most 10^6 pixels"));
      }
    }
    const Box box{static_cast<float>(side[0]), static_cast<float>(side[1]), static_cast<float>(side[2]),
                  static_cast<float>(side[3])};
    if (box.right <= box.left) reject(bad_value("right", text(kRight), "more than left " + shown(text(kLeft))));
    if (box.bottom <= box.top) reject(bad_value("bottom", text(kBottom), "more than top " + shown(text(kTop))));
    return box;
  }

  /// Checks the columns nobody reads: a line with a broken one is not to be trusted.
  void check_rest() {
    for (const std::size_t column : {kTruncated, kOccluded, kAlpha}) object_number(column);
    for (std::size_t column = kBottom + 1; column < kObjectColumns; ++column) object_number(column);
  }

  void reject(std::string reason) {
    if (fault_.empty()) fault_ = std::move(reason);
  }
  std::string take_fault() { return std::move(fault_); }

 private:
  std::string_view text(std::size_t column) const { return columns_.text[offset_ + column]; }

  const Columns& columns_;
  std::size_t offset_;
  std::string fault_;
};

TruthBox read_truth(RowReader& reader) {
  TruthBox object;
  object.type = reader.type();
  object.truncated = static_cast<float>(reader.object_number(kTruncated));
  object.occluded = reader.occluded();
  object.box = reader.box();
  reader.check_rest();
  return object;
}

ScoredBox read_result(RowReader& reader, bool scored) {
  ScoredBox object;
  object.type = reader.type();
  object.box = reader.box();
  object.score = scored ? reader.object_number(kScore) : 1.0;
  reader.check_rest();
  return object;
}

// Calls `read(RowReader&, columns) -> Row` for each line with `least` to `most` columns.
template <typename Row, typename Read>
ParsedRows<Row> parse(std::string_view text, bool tracking, std::size_t least, std::size_t most, Read read) {
  ParsedRows<Row> parsed;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const Columns columns = split(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (columns.count == 0) continue;
    if (columns.count < least || columns.count > most) {
      const std::string wanted = std::to_string(least) + (most > least ? " or " + std::to_string(most) : "");
      parsed.bad.push_back({number, std::to_string(columns.count) + " columns, wanted " + wanted});
      continue;
    }
    RowReader reader(columns, tracking);
    Row row = read(reader, columns.count);
    if (std::string fault = reader.take_fault(); !fault.empty()) {
      parsed.bad.push_back({number, std::move(fault)});
    } else {
      parsed.rows.push_back(std::move(row));
    }
  }
  return parsed;
}

void append_number(std::string& out, double value, int decimals) {
  std::array<char, 400> digits{};  // the longest double with 6 decimals has 317 characters
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, decimals);
  out += ' ';
  if (error == std::errc()) out.append(digits.data(), end);
}

}  // namespace

ParsedRows<TruthRow> parse_tracking_truth(std::string_view text) {
  return parse<TruthRow>(text, true, 17, 17, [](RowReader& reader, std::size_t) {
    TruthRow row{reader.frame(), {}};
    const std::int64_t id = reader.track_id();
    row.object = read_truth(reader);
    row.object.track_id = id;
    return row;
  });
}

ParsedRows<ResultRow> parse_tracking_results(std::string_view text) {
  return parse<ResultRow>(text, true, 17, 18, [](RowReader& reader, std::size_t columns) {
    ResultRow row{reader.frame(), {}};
    const std::int64_t id = reader.track_id();
    row.object = read_result(reader, columns == 18);
    row.object.track_id = id;
    return row;
  });
}

ParsedRows<TruthBox> parse_object_labels(std::string_view text) {
  return parse<TruthBox>(text, false, 15, 15, [](RowReader& reader, std::size_t) { return read_truth(reader); });
}

ParsedRows<ScoredBox> parse_object_results(std::string_view text) {
  return parse<ScoredBox>(text, false, 16, 16,
                          [](RowReader& reader, std::size_t) { return read_result(reader, true); });
}

void append_tracking_result(std::string& out, std::int64_t frame, const ScoredBox& object) {
  out += std::to_string(frame);
  out += ' ';
  out += std::to_string(object.track_id);
  out += ' ';
  append_object_result(out, object);
}

void append_object_result(std::string& out, const ScoredBox& object) {
  if (object.type.empty()) out += "Misc";
  for (const char c : object.type) out += is_blank(c) || c == '\n' ? '_' : c;
  out += " -1 -1 -10";
  for (const float side : {object.box.left, object.box.top, object.box.right, object.box.bottom}) {
    append_number(out, side, 3);
  }
  out += " -1 -1 -1 -1000 -1000 -1000 -10";
  append_number(out, object.score, 6);
  out += '\n';
}

}  // namespace weir

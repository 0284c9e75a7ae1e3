// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/box_sequence.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "kernels/eval/kitti_format.hpp"

namespace weir {
namespace {

constexpr std::array<std::string_view, 9> kColumns{"seq", "frame", "track_id", "x1",   "y1",
                                                   "x2",  "y2",    "img_w",    "img_h"};
constexpr std::string_view kHeader = "seq,frame,track_id,x1,y1,x2,y2,img_w,img_h";
constexpr std::int64_t kIdsPerClass = 1000;
constexpr std::int32_t kIgnored = 10;
constexpr double kMostPixels = 1e6, kMostFrames = 1e9;
constexpr std::size_t kShown = 24;

struct Row {
  std::string_view sequence;
  BoxFrame frame;  // without its boxes
  IdentifiedBox object;
};

std::string_view without_return(std::string_view line) {
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

/// Takes the first line off `text`.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = without_return(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

tl::unexpected<Error> bad(std::size_t line, const std::string& what) {
  return fail(Code::corrupt, "line " + std::to_string(line) + ": " + what);
}

Result<double> number(std::size_t line, std::size_t column, std::string_view text, double least, double most) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool read = error == std::errc() && end == text.data() + text.size();
  if (read && value >= least && value <= most) return value;
  return bad(line, std::string(kColumns[column]) + " is \"" + std::string(text.substr(0, kShown)) +
                       "\", wanted a number from " + std::to_string(static_cast<std::int64_t>(least)) + " to " +
                       std::to_string(static_cast<std::int64_t>(most)));
}

Result<Row> parse_row(std::size_t number_of_line, std::string_view line) {
  std::array<std::string_view, kColumns.size()> cells;
  std::size_t count = 0;
  for (std::string_view rest = line; count <= cells.size(); ++count) {
    const std::size_t comma = rest.find(',');
    if (count < cells.size()) cells[count] = rest.substr(0, comma);
    if (comma == std::string_view::npos) {
      ++count;
      break;
    }
    rest.remove_prefix(comma + 1);
  }
  if (count != cells.size()) {
    return bad(number_of_line, "it has " + std::to_string(count) + " columns, wanted the 9 of " + std::string(kHeader));
  }
  std::array<double, kColumns.size()> value{};
  for (std::size_t i = 1; i < cells.size(); ++i) {
    const bool box = i >= 3 && i <= 6, size = i >= 7;
    const auto parsed = number(number_of_line, i, cells[i],
                               box    ? -kMostPixels
                               : size ? 1
                                      : 0,
                               box || size ? kMostPixels : kMostFrames);
    if (!parsed) return fail(parsed.error());
    if (!box && *parsed != std::floor(*parsed)) {
      return bad(number_of_line, std::string(kColumns[i]) + " is \"" + std::string(cells[i].substr(0, kShown)) +
                                     "\", wanted a whole number");
    }
    value[i] = *parsed;
  }
  if (value[5] <= value[3] || value[6] <= value[4]) {
    return bad(number_of_line, "the box is inside out or empty; wanted x1 < x2 and y1 < y2");
  }
  Row row;
  row.sequence = cells[0];
  row.frame.frame = static_cast<std::int64_t>(value[1]);
  row.frame.width = static_cast<int>(value[7]);
  row.frame.height = static_cast<int>(value[8]);
  row.object.id = static_cast<std::int64_t>(value[2]);
  row.object.class_id = static_cast<std::int32_t>(row.object.id / kIdsPerClass);
  row.object.box = {static_cast<float>(value[3]), static_cast<float>(value[4]), static_cast<float>(value[5]),
                    static_cast<float>(value[6])};
  return row;
}

/// Puts a row behind what was read before; the text says what speaks against it, empty: nothing.
std::string append(std::vector<BoxSequence>& sequences, const Row& row) {
  if (sequences.empty() || sequences.back().name != row.sequence) {
    for (const BoxSequence& before : sequences) {
      if (before.name == row.sequence) {
        return "sequence " + before.name + " goes on after another began; keep the rows of a sequence together";
      }
    }
    sequences.push_back({std::string(row.sequence), {}});
  }
  std::vector<BoxFrame>& frames = sequences.back().frames;
  if (!frames.empty() && row.frame.frame < frames.back().frame) {
    return "frame " + std::to_string(row.frame.frame) + " comes after frame " + std::to_string(frames.back().frame) +
           "; sort the rows of a sequence by frame";
  }
  if (frames.empty() || frames.back().frame != row.frame.frame) frames.push_back(row.frame);
  BoxFrame& frame = frames.back();
  if (frame.width != row.frame.width || frame.height != row.frame.height) {
    return "img_w, img_h differ from those of the frame's row before; wanted one size for a frame";
  }
  for (const IdentifiedBox& other : frame.boxes) {
    if (other.id == row.object.id) {
      return "track_id " + std::to_string(row.object.id) + " is in frame " + std::to_string(frame.frame) +
             " twice; give each object its own";
    }
  }
  frame.boxes.push_back(row.object);
  return {};
}

}  // namespace

Result<std::vector<BoxSequence>> parse_box_table(std::string_view text, bool keep_ignored) {
  const std::string_view header = next_line(text);
  if (header != kHeader) {
    return bad(1, "the header is \"" + std::string(header.substr(0, 3 * kShown)) + "\", wanted \"" +
                      std::string(kHeader) + "\"");
  }
  std::vector<BoxSequence> sequences;
  for (std::size_t line = 2; !text.empty(); ++line) {
    const std::string_view content = next_line(text);
    if (content.empty()) continue;
    const auto row = parse_row(line, content);
    if (!row) return fail(row.error());
    if (const std::string problem = append(sequences, *row); !problem.empty()) return bad(line, problem);
  }
  if (sequences.empty()) return bad(2, "there is no row; wanted one row for each box");
  if (keep_ignored) return sequences;
  for (BoxSequence& sequence : sequences) {
    for (BoxFrame& frame : sequence.frames) {
      std::erase_if(frame.boxes, [](const IdentifiedBox& object) { return object.class_id == kIgnored; });
    }
    std::erase_if(sequence.frames, [](const BoxFrame& frame) { return frame.boxes.empty(); });
  }
  return sequences;
}

Result<BoxSequence> parse_kitti_sequence(std::string_view name, std::string_view text, int width, int height) {
  const auto parsed = parse_tracking_truth(text);
  if (!parsed.bad.empty()) return bad(parsed.bad.front().line, parsed.bad.front().reason);
  std::map<std::int64_t, BoxFrame> frames;
  std::map<std::string, std::int32_t, std::less<>> classes{{"Car", 1}, {"Pedestrian", 2}};
  for (const TruthRow& row : parsed.rows) {
    if (row.object.type == "DontCare" || row.object.track_id < 0) continue;
    BoxFrame& frame = frames.try_emplace(row.frame, BoxFrame{row.frame, width, height, {}}).first->second;
    const auto number_of_class = static_cast<std::int32_t>(classes.size() + 1);
    const auto class_id = classes.try_emplace(row.object.type, number_of_class).first->second;
    frame.boxes.push_back({row.object.box, row.object.track_id, class_id});
  }
  if (frames.empty()) return bad(1, "there is no labelled object");
  BoxSequence sequence{std::string(name), {}};
  for (auto& [number_of_frame, frame] : frames) sequence.frames.push_back(std::move(frame));
  return sequence;
}

}  // namespace weir

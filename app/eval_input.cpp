// SPDX-License-Identifier: Apache-2.0
#include "app/eval_input.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "app/json_results.hpp"
#include "app/text.hpp"
#include "kernels/eval/kitti_format.hpp"

namespace weir::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kObjectColumns = 15;

/// A results file (empty: there is none) and the truth file of the same name.
struct FilePair {
  std::string name;
  std::string results;
  std::string truth;
};

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::vector<fs::path> text_files(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The file itself, or the one called NAME.txt in a folder.
std::string file_in(const std::string& path, const std::string& name) {
  return is_folder(path) ? (fs::path(path) / (name + ".txt")).string() : path;
}

Result<std::vector<FilePair>> pair_files(const std::string& results, const std::string& truth) {
  for (const auto& [path, what] : {std::pair{results, "results"}, std::pair{truth, "truth"}}) {
    if (!is_there(path)) {
      return fail(Code::not_found, std::string(what) + " \"" + path + "\" does not exist; wanted a file or a folder");
    }
  }
  std::vector<FilePair> pairs;
  if (is_folder(truth) && is_folder(results)) {
    for (const fs::path& file : text_files(truth)) {
      const std::string name = file.stem().string();
      const fs::path match = fs::path(results) / file.filename();
      pairs.push_back({name, is_there(match) ? match.string() : "", file.string()});
    }
  } else {
    const std::string name = fs::path(is_folder(truth) ? results : truth).stem().string();
    pairs.push_back({name, file_in(results, name), file_in(truth, name)});
  }
  if (std::all_of(pairs.begin(), pairs.end(), [](const FilePair& pair) { return pair.results.empty(); })) {
    return fail(Code::not_found, "no file in \"" + results + "\" has the name of a truth file in \"" + truth +
                                     "\"; results and truth need equal names, as 0002.txt");
  }
  return pairs;
}

std::size_t columns_of_first_line(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    const auto count = std::distance(std::istream_iterator<std::string>(words), std::istream_iterator<std::string>());
    if (count > 0) return static_cast<std::size_t>(count);
  }
  return 0;
}

/// The rows of one file; skipped lines become warnings, and a file without one good line an error.
template <typename Row>
Result<std::vector<Row>> rows_of(const std::string& path, ParsedRows<Row> parsed, std::vector<std::string>& warnings) {
  if (parsed.bad.empty()) return std::move(parsed.rows);
  const BadLine& first = parsed.bad.front();
  const std::string where = path + ":" + std::to_string(first.line) + ": " + first.reason;
  if (parsed.rows.empty()) return fail(Code::corrupt, where + "; no line of this file can be read");
  warnings.push_back(where + (parsed.bad.size() == 1 ? "; this line is left out"
                                                     : "; this line and " + std::to_string(parsed.bad.size() - 1) +
                                                           " others are left out"));
  return std::move(parsed.rows);
}

Status read_tracking(const FilePair& files, std::int64_t frames, EvalInput& input) {
  const auto truth_text = read_file(files.truth, "truth");
  if (!truth_text) return truth_text.error();
  const auto result_text = read_file(files.results, "results");
  if (!result_text) return result_text.error();
  auto truth = rows_of(files.truth, parse_tracking_truth(*truth_text), input.warnings);
  if (!truth) return truth.error();

  std::vector<ResultRow> results;
  std::vector<TimedAnswer> answers;
  std::vector<CapturedFrame> captures;
  if (fs::path(files.results).extension() == ".jsonl") {
    auto json = parse_json_results(files.results, *result_text);
    if (!json) return json.error();
    results = std::move(json->rows);
    answers = std::move(json->answers);
    captures = std::move(json->captures);
  } else {
    auto rows = rows_of(files.results, parse_tracking_results(*result_text), input.warnings);
    if (!rows) return rows.error();
    results = std::move(*rows);
  }
  if (frames > 0) {
    std::erase_if(*truth, [&](const TruthRow& row) { return row.frame >= frames; });
    std::erase_if(results, [&](const ResultRow& row) { return row.frame >= frames; });
    std::erase_if(captures, [&](const CapturedFrame& capture) { return capture.frame >= frames; });
  }
  for (const ResultRow& row : results) input.tracks = input.tracks || row.object.track_id >= 0;
  input.sequences.push_back(make_sequence(files.name, *truth, results));
  if (!answers.empty()) input.timed.push_back(timed_stream(*truth, captures, std::move(answers)));
  return {};
}

/// Every image is a frame of one sequence; an image without a results file has no results.
Status read_objects(const std::vector<FilePair>& pairs, EvalInput& input) {
  Sequence images;
  images.name = "images";
  std::size_t without = 0;
  for (const FilePair& files : pairs) {
    EvalFrame frame;
    frame.frame = static_cast<std::int64_t>(images.frames.size());
    const auto truth_text = read_file(files.truth, "truth");
    if (!truth_text) return truth_text.error();
    auto truth = rows_of(files.truth, parse_object_labels(*truth_text), input.warnings);
    if (!truth) return truth.error();
    frame.truth = std::move(*truth);
    if (files.results.empty()) {
      ++without;
    } else {
      const auto result_text = read_file(files.results, "results");
      if (!result_text) return result_text.error();
      auto rows = rows_of(files.results, parse_object_results(*result_text), input.warnings);
      if (!rows) return rows.error();
      frame.results = std::move(*rows);
    }
    images.frames.push_back(std::move(frame));
  }
  if (without > 0) {
    input.warnings.push_back(std::to_string(without) + " of " + std::to_string(pairs.size()) +
                             " labelled images have no results file and count as without results");
  }
  input.sequences.push_back(std::move(images));
  return {};
}

Status read_sequences(const std::vector<FilePair>& pairs, std::int64_t frames, EvalInput& input) {
  std::string without;
  for (const FilePair& files : pairs) {
    if (files.results.empty()) {
      without += (without.empty() ? "" : ", ") + files.name;
    } else if (Status status = read_tracking(files, frames, input); !status) {
      return status;
    }
  }
  if (!without.empty()) input.warnings.push_back("left out, for want of results: " + without);
  return {};
}

}  // namespace

Result<EvalInput> read_eval_input(const std::string& results, const std::string& truth, std::int64_t frames) {
  const auto pairs = pair_files(results, truth);
  if (!pairs) return fail(pairs.error());
  std::size_t columns = 0;
  for (const FilePair& files : *pairs) {
    const auto text = read_file(files.truth, "truth");
    if (!text) return fail(text.error());
    if ((columns = columns_of_first_line(*text)) > 0) break;
  }
  EvalInput input;
  const Status status = columns == kObjectColumns ? read_objects(*pairs, input) : read_sequences(*pairs, frames, input);
  if (!status) return fail(status.error());
  return input;
}

}  // namespace weir::app

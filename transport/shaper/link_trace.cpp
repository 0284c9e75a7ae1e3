// SPDX-License-Identifier: Apache-2.0
#include "transport/shaper/link_trace.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

namespace weir {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxRows = 1'000'000;

/// One thing a column may hold, and between which limits.
struct Column {
  std::string_view name;
  double least, most;
};
constexpr std::array<Column, 6> kColumns{{{"seconds", 0, 1e7},
                                          {"mbps", 0, 1e6},
                                          {"delay_ms", 0, 60e3},
                                          {"jitter_ms", 0, 60e3},
                                          {"loss", 0, 1},
                                          {"queue_kb", 1, 1 << 20}}};

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(text.size(), at + 1));
  return part;
}

std::string_view without_return(std::string_view line) {
  return !line.empty() && line.back() == '\r' ? line.substr(0, line.size() - 1) : line;
}

Duration from_seconds(double seconds) { return Duration(std::llround(seconds * 1e9)); }

/// Reads one trace line by line; every error tells the line.
class Parser {
 public:
  Parser(std::string_view name, const PathState& defaults) : name_(name), defaults_(defaults) {}

  Status read_columns(std::string_view line) {
    while (!line.empty()) {
      const std::string_view title = take_until(line, ',');
      std::size_t which = 0;
      while (which < kColumns.size() && kColumns[which].name != title) ++which;
      if (which == kColumns.size() || std::find(columns_.begin(), columns_.end(), which) != columns_.end()) {
        return wrong("the column \"" + std::string(title.substr(0, 40)) +
                     "\" is unknown or comes twice; the first line names seconds, mbps and any of delay_ms, jitter_ms, "
                     "loss, queue_kb");
      }
      columns_.push_back(which);
    }
    for (const std::size_t needed : {std::size_t{0}, std::size_t{1}}) {
      if (std::find(columns_.begin(), columns_.end(), needed) == columns_.end()) {
        return wrong("the first line does not name the column " + std::string(kColumns[needed].name));
      }
    }
    return {};
  }

  /// Adds one row; `at` and `state` are what it says.
  Status read_row(std::string_view line, Duration& at, PathState& state) {
    ++line_;
    state = defaults_;
    for (const std::size_t which : columns_) {
      double value = 0;
      if (Status status = read_number(take_until(line, ','), kColumns[which], value); !status) return status;
      set(which, value, at, state);
    }
    return line.empty() ? Status() : wrong("the row has more numbers than there are columns");
  }

  Status wrong(const std::string& what) const {
    return {Code::invalid, std::string(name_) + ":" + std::to_string(line_) + ": " + what};
  }

 private:
  Status read_number(std::string_view text, const Column& column, double& value) const {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size() && value >= column.least && value <= column.most) {
      return {};
    }
    std::ostringstream limits;
    limits << column.least << " to " << column.most;
    return wrong(std::string(column.name) + " is \"" + std::string(text.substr(0, 40)) +
                 "\", wanted is a number from " + limits.str());
  }

  static void set(std::size_t which, double value, Duration& at, PathState& state) {
    switch (which) {
      case 0:
        at = from_seconds(value);
        return;
      case 1:
        state.bits_per_second = value * 1e6;
        return;
      case 2:
        state.delay = from_seconds(value * 1e-3);
        return;
      case 3:
        state.jitter = from_seconds(value * 1e-3);
        return;
      case 4:
        state.loss = value;
        return;
      default:
        state.queue_bytes = static_cast<std::size_t>(value * 1024);
    }
  }

  std::string_view name_;
  PathState defaults_;
  std::vector<std::size_t> columns_;
  std::size_t line_ = 1;
};

}  // namespace

LinkTrace::LinkTrace(const PathState& state)
    : starts_{Duration{}}, states_{state}, ever_passes_(state.bits_per_second > 0) {}

Result<LinkTrace> LinkTrace::parse(std::string_view text, std::string_view name, const PathState& defaults) {
  Parser parser(name, defaults);
  if (text.size() > kMaxBytes) return fail(parser.wrong("has more than 64 MB").error());
  if (Status status = parser.read_columns(without_return(take_until(text, '\n'))); !status) return fail(status.error());
  LinkTrace trace;
  trace.ever_passes_ = false;
  while (!text.empty()) {
    Duration at{};
    PathState state;
    if (Status status = parser.read_row(without_return(take_until(text, '\n')), at, state); !status) {
      return fail(status.error());
    }
    const bool first = trace.starts_.empty();
    if (first ? at != Duration{} : at <= trace.starts_.back()) {
      return fail(parser.wrong(first ? "the first row must be for 0 seconds" : "seconds must increase").error());
    }
    if (trace.starts_.size() == kMaxRows) return fail(parser.wrong("has more than 1,000,000 rows").error());
    trace.starts_.push_back(at);
    trace.states_.push_back(state);
    trace.ever_passes_ = trace.ever_passes_ || state.bits_per_second > 0;
  }
  if (trace.starts_.empty()) return fail(parser.wrong("has no row").error());
  // The last state holds as long as the one before it did.
  const std::size_t rows = trace.starts_.size();
  if (rows > 1) trace.length_ = 2 * trace.starts_[rows - 1] - trace.starts_[rows - 2];
  return trace;
}

Result<LinkTrace> LinkTrace::read(const std::string& file, const PathState& defaults) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return fail(Code::not_found, "the trace " + file + " cannot be read");
  return parse(text.str(), file, defaults);
}

std::size_t LinkTrace::index_at(TimePoint when) const {
  if (length_ == Duration{}) return 0;
  const Duration within = std::max(when.time_since_epoch(), Duration{}) % length_;
  return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), within) - starts_.begin()) - 1;
}

TimePoint LinkTrace::next_change(TimePoint when) const {
  if (length_ == Duration{}) return kNever;
  const Duration within = std::max(when.time_since_epoch(), Duration{}) % length_;
  const std::size_t next = index_at(when) + 1;
  return when + ((next < starts_.size() ? starts_[next] : length_) - within);
}

}  // namespace weir

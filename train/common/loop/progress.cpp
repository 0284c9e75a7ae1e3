// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace weir::train {
namespace {

// Recent steps weigh more: a line must show what the net does now.
constexpr double kLossMemory = 0.95;

std::string number(const char* form, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), form, value);
  return text.data();
}

double to_seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::string format_duration(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(seconds, 0.0)));
  if (whole < 60) return std::to_string(whole) + " s";
  const auto two = [](long long value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  if (whole < 3600) return std::to_string(whole / 60) + ":" + two(whole % 60);
  return std::to_string(whole / 3600) + ":" + two(whole / 60 % 60) + ":" + two(whole % 60);
}

std::string progress_line(const ProgressState& state) {
  std::string line = "step " + std::to_string(state.step) + "/" + std::to_string(state.steps);
  for (std::size_t i = 0; i < state.losses.size(); ++i) {
    line += i == 0 ? "  " : i == 1 ? " (" : ", ";
    line += state.losses[i].first + " " + number("%.3f", state.losses[i].second);
  }
  if (state.losses.size() > 1) line += ")";
  line += "  rate " + number("%.2g", state.rate);
  if (state.examples_per_second > 0) line += "  " + number("%.1f", state.examples_per_second) + "/s";
  if (state.seconds_left >= 0) line += "  " + format_duration(state.seconds_left) + " left";
  return line;
}

bool stderr_is_terminal() { return isatty(STDERR_FILENO) != 0; }

Progress::Progress(std::ostream& out, ProgressOptions options) : out_(out), options_(std::move(options)) {
  state_.steps = options_.steps;
  started_ = written_ = options_.now();
}

void Progress::step(std::int64_t step, const LossParts& losses, double rate, int examples) {
  examples_ += examples;
  if (state_.losses.size() != losses.size()) {
    state_.losses = losses;
  } else {
    for (std::size_t i = 0; i < losses.size(); ++i) {
      double& mean = state_.losses[i].second;
      mean = kLossMemory * mean + (1 - kLossMemory) * losses[i].second;
    }
  }
  state_.step = step + 1;
  state_.rate = rate;
  const double since = to_seconds(options_.now() - written_);
  // Ten rewrites a second are as many as an eye can follow.
  if (since < (options_.terminal ? 0.1 : options_.every_seconds) && state_.step < state_.steps) return;
  written_ = options_.now();
  state_.examples_per_second = examples_per_second();
  const auto done = static_cast<double>(state_.step - options_.first_step);
  state_.seconds_left = done > 0 ? busy_seconds() / done * static_cast<double>(state_.steps - state_.step) : -1;
  write();
}

void Progress::pause() { paused_at_ = options_.now(); }

void Progress::go_on() { paused_ += to_seconds(options_.now() - paused_at_); }

void Progress::say(const std::string& line) {
  if (line_length_ > 0) out_ << '\r' << std::string(line_length_, ' ') << '\r';
  out_ << line << '\n';
  line_length_ = 0;
  out_.flush();
}

void Progress::finish() {
  if (line_length_ > 0) out_ << '\n';
  line_length_ = 0;
  out_.flush();
}

double Progress::examples_per_second() const {
  const double busy = busy_seconds();
  return busy > 0 ? static_cast<double>(examples_) / busy : 0;
}

double Progress::seconds() const { return to_seconds(options_.now() - started_); }

double Progress::busy_seconds() const { return seconds() - paused_; }

void Progress::write() {
  const std::string line = progress_line(state_);
  if (!options_.terminal) {
    out_ << line << '\n';
  } else {
    const std::size_t rest = line_length_ > line.size() ? line_length_ - line.size() : 0;
    out_ << '\r' << line << std::string(rest, ' ');
    line_length_ = line.size();
  }
  out_.flush();
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "pipeline/record/recording.hpp"

#include <charconv>
#include <filesystem>
#include <limits>
#include <sstream>
#include <system_error>

namespace weir {

namespace {

constexpr const char* kFile = "decisions.txt";
constexpr const char* kHeader = "weir-decisions 1";
constexpr std::size_t kAnswer = std::numeric_limits<std::size_t>::max();

std::string text_of(Reason reason) { return reason == Reasons::none ? "-" : std::string(reason.text()); }
Reason reason_of(const std::string& text) { return text == "-" ? Reasons::none : Reason::intern(text); }

}  // namespace

Result<std::unique_ptr<Recording>> Recording::create(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  auto recording = std::unique_ptr<Recording>(new Recording);
  recording->path_ = folder + "/" + kFile;
  recording->out_.open(recording->path_, std::ios::trunc);
  if (!recording->out_) {
    return fail(Code::io,
                "cannot write the recording " + recording->path_ + "; choose a folder you may write to with --record");
  }
  recording->out_ << kHeader << '\n';
  return recording;
}

Result<std::unique_ptr<Recording>> Recording::open(const std::string& folder) {
  auto recording = std::unique_ptr<Recording>(new Recording);
  recording->path_ = folder + "/" + kFile;
  recording->replaying_ = true;
  std::ifstream in(recording->path_);
  std::string line;
  if (!in) return fail(Code::not_found, "no recording at " + recording->path_ + "; make one with --record " + folder);
  if (!std::getline(in, line) || line != kHeader) {
    return fail(Code::corrupt, recording->path_ + " starts with \"" + line.substr(0, 40) + "\", not with \"" + kHeader +
                                   "\": it is not a recording of this version");
  }
  for (int number = 2; std::getline(in, line); ++number) {
    if (recording->read_line(line)) continue;
    return fail(Code::corrupt, recording->path_ + ":" + std::to_string(number) + ": unreadable line \"" +
                                   line.substr(0, 60) + "\"; the recording is damaged, record the run again");
  }
  return recording;
}

bool Recording::read_line(const std::string& line) {
  std::istringstream in(line);
  char kind = 0;
  std::size_t where = 0;
  StreamId stream = 0;
  std::uint64_t frame = 0;
  std::string text;
  in >> kind;
  if (kind == 's') {
    std::int64_t capture = 0;
    std::int64_t deadline = 0;
    if (!(in >> stream >> frame >> capture >> deadline) || !std::getline(in >> std::ws, text)) return false;
    sources_[{stream, frame}] = {TimePoint(Duration(capture)), TimePoint(Duration(deadline)), reason_of(text)};
  } else if (kind == 'e') {
    if (!(in >> stream >> frame)) return false;
    ends_[stream] = frame;
  } else if (kind == 'd') {
    if (!(in >> where >> stream >> frame) || !std::getline(in >> std::ws, text)) return false;
    drops_[{where, stream, frame}] = reason_of(text);
  } else if (kind == 'f') {
    std::uint64_t seen = 0;
    if (!(in >> where >> stream >> frame >> text)) return false;
    const bool none = text == "-";
    if (!none && std::from_chars(text.data(), text.data() + text.size(), seen).ec != std::errc{}) return false;
    feedbacks_[{where, stream, frame}] = none ? FeedbackDecision{} : FeedbackDecision{seen};
  } else if (kind == 'l') {
    if (!(in >> stream >> frame)) return false;
    marks_[{kAnswer, stream, frame}] = true;
  } else if (kind == 'x') {
    if (!(in >> where >> stream >> frame)) return false;
    marks_[{where, stream, frame}] = true;
  } else {
    return false;
  }
  return true;
}

void Recording::write(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (!replaying_) out_ << line << '\n';
}

void Recording::note_source(StreamId stream, std::uint64_t frame, const SourceDecision& decision) {
  write("s " + std::to_string(stream) + " " + std::to_string(frame) + " " +
        std::to_string(decision.capture.time_since_epoch().count()) + " " +
        std::to_string(decision.deadline.time_since_epoch().count()) + " " + text_of(decision.gap));
}

void Recording::note_end(StreamId stream, std::uint64_t frames) {
  write("e " + std::to_string(stream) + " " + std::to_string(frames));
}

void Recording::note_drop(std::size_t edge, StreamId stream, std::uint64_t frame, Reason reason) {
  write("d " + std::to_string(edge) + " " + std::to_string(stream) + " " + std::to_string(frame) + " " +
        text_of(reason));
}

void Recording::note_feedback(std::size_t edge, StreamId stream, std::uint64_t frame, FeedbackDecision seen) {
  write("f " + std::to_string(edge) + " " + std::to_string(stream) + " " + std::to_string(frame) + " " +
        (seen ? std::to_string(*seen) : "-"));
}

void Recording::note_late(StreamId stream, std::uint64_t frame) {
  write("l " + std::to_string(stream) + " " + std::to_string(frame));
}

void Recording::note_stopped(std::size_t stage, StreamId stream, std::uint64_t frame) {
  write("x " + std::to_string(stage) + " " + std::to_string(stream) + " " + std::to_string(frame));
}

std::optional<SourceDecision> Recording::source(StreamId stream, std::uint64_t frame) const {
  const auto found = sources_.find({stream, frame});
  return found == sources_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint64_t> Recording::end(StreamId stream) const {
  const auto found = ends_.find(stream);
  return found == ends_.end() ? std::nullopt : std::optional(found->second);
}

Reason Recording::drop(std::size_t edge, StreamId stream, std::uint64_t frame) const {
  const auto found = drops_.find({edge, stream, frame});
  return found == drops_.end() ? Reasons::none : found->second;
}

FeedbackDecision Recording::feedback(std::size_t edge, StreamId stream, std::uint64_t frame) const {
  const auto found = feedbacks_.find({edge, stream, frame});
  return found == feedbacks_.end() ? std::nullopt : found->second;
}

bool Recording::late(StreamId stream, std::uint64_t frame) const { return marks_.contains({kAnswer, stream, frame}); }

bool Recording::stopped(std::size_t stage, StreamId stream, std::uint64_t frame) const {
  return marks_.contains({stage, stream, frame});
}

Status Recording::close() {
  const std::lock_guard lock(mutex_);
  if (replaying_) return {};
  out_.flush();
  if (!out_) return {Code::io, "writing the recording " + path_ + " failed (is the disk full?); it cannot be replayed"};
  return {};
}

}  // namespace weir

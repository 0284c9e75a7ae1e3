// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/program.hpp"

#include <string_view>

namespace weir::train {
namespace {

/// Whether a run with `wanted` can go on from a checkpoint with `held`: a run may add cycles at the end of "steps".
bool goes_on(const std::string& name, const std::string& held, const std::string& wanted) {
  return held == wanted || (name == "steps" && wanted.starts_with(held + " "));
}

}  // namespace

std::string command_line(int count, const char* const* arguments) {
  std::string line = std::filesystem::path(arguments[0]).filename().string();
  for (int i = 1; i < count; ++i) {
    const std::string_view word = arguments[i];
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$`*?|&;<>()") == std::string_view::npos;
    line += plain ? " " + std::string(word) : " '" + std::string(word) + "'";
  }
  return line;
}

Result<Checkpoint> resume_or_start(const ProgramOptions& options, const std::map<std::string, std::string>& values,
                                   const TrainingParts& parts) {
  if (options.resume.empty()) return Checkpoint{};
  Result<Checkpoint> checkpoint = load_checkpoint(options.resume);
  if (!checkpoint) return checkpoint;
  for (const auto& [name, value] : values) {
    const auto held = checkpoint->values.find(name);
    if (held == checkpoint->values.end() || !goes_on(name, held->second, value)) {
      return fail(Code::invalid, "checkpoint " + options.resume.string() + " was made with " + name + " " +
                                     (held == checkpoint->values.end() ? "unknown" : held->second) + ", this run has " +
                                     value + ": give it the same options, or start anew");
    }
  }
  if (Status status = restore(*checkpoint, parts); !status) {
    return fail(status.error().code, "checkpoint " + options.resume.string() + ": " + status.error().text);
  }
  return checkpoint;
}

int exit_code(const Error& error) {
  switch (error.code) {
    case Code::invalid:
    case Code::unsupported:
      return 2;
    case Code::not_found:
    case Code::corrupt:
      return 3;
    default:
      return 1;
  }
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "app/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace weir::app {
namespace {

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void write(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

}  // namespace

int exit_code(const Error& error) {
  switch (error.code) {
    case Code::invalid:
    case Code::unsupported:
      return kBadUsage;
    case Code::not_found:
    case Code::corrupt:
      return kNoInput;
    default:
      return kFailed;
  }
}

int report(Console& console, const Error& error) {
  console.error(error.text);
  return exit_code(error);
}

Console::Console() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  terminal_ = isatty(STDERR_FILENO) == 1 && !(kind && std::string_view(kind) == "dumb");
  colour_ = terminal_ && !(no_colour && *no_colour);
}

void Console::error(std::string_view text) { say("\x1b[1;31m", "error: ", text); }

void Console::warn(std::string_view text) { say("\x1b[1;33m", "warning: ", text); }

void Console::note(std::string_view text) { say("", "", text); }

void Console::lines(std::string_view text) {
  const std::lock_guard lock(mutex_);
  erase_progress();
  write(text);
  if (!text.empty() && text.back() != '\n') write("\n");
}

void Console::progress(std::string_view line) {
  if (!terminal_) return;
  const std::lock_guard lock(mutex_);
  erase_progress();
  if (line.empty()) return;
  write(line.substr(0, terminal_width() - 1));
  std::fflush(stderr);
  has_progress_ = true;
}

void Console::say(std::string_view colour, std::string_view label, std::string_view text) {
  const std::lock_guard lock(mutex_);
  erase_progress();
  if (colour_) write(colour);
  write(label);
  if (colour_ && !colour.empty()) write("\x1b[0m");
  write(text);
  write("\n");
}

void Console::erase_progress() {
  if (!has_progress_) return;
  write("\r\x1b[K");
  has_progress_ = false;
}

}  // namespace weir::app

// SPDX-License-Identifier: Apache-2.0
#include "app/text.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace weir::app {

std::string print(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  va_list again;
  va_copy(again, arguments);
  const int size = std::vsnprintf(nullptr, 0, format, arguments);
  va_end(arguments);
  std::string text(static_cast<std::size_t>(size > 0 ? size : 0), '\0');
  std::vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  return text;
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1000) return print("%u B", static_cast<unsigned>(bytes));
  if (bytes < 1'000'000) return print("%.1f kB", static_cast<double>(bytes) / 1e3);
  if (bytes < 1'000'000'000) return print("%.1f MB", static_cast<double>(bytes) / 1e6);
  return print("%.1f GB", static_cast<double>(bytes) / 1e9);
}

Result<std::string> read_file(const std::string& path, std::string_view what) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(path, ignored);
  std::ifstream in(path, std::ios::binary);
  if (folder || !in.is_open()) {
    return fail(Code::not_found, std::string(what) + " \"" + path + "\" cannot be read (" +
                                     (folder ? "it is a folder" : std::strerror(errno)) + "); check the path");
  }
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

Status write_file(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) {
    return {Code::io,
            "cannot write \"" + path + "\" (" + std::strerror(errno) + "); make room or choose another folder"};
  }
  return {};
}

Status make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return {Code::io, "cannot make the folder \"" + path + "\" (" + error.message() + "); choose another one"};
  return {};
}

}  // namespace weir::app

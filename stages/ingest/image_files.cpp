// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/image_files.hpp"

#include <glob.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace weir {
namespace fs = std::filesystem;
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// Cuts the run of digits at the front of `text` and returns it without leading zeros.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return digits;
}

bool is_image_name(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 4> known{".png", ".jpg", ".jpeg", ".bmp"};
  return std::find(known.begin(), known.end(), extension) != known.end();
}

Result<std::vector<std::string>> list_folder(const std::string& path, const std::string& named) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    std::error_code unknown;
    if (is_image_name(it->path()) && it->is_regular_file(unknown)) files.push_back(it->path().string());
  }
  if (error) {
    return fail(Code::not_found,
                named + ": the folder cannot be read (" + error.message() + "); check its permissions");
  }
  return files;
}

std::vector<std::string> list_glob(const std::string& pattern) {
  std::vector<std::string> files;
  glob_t found{};
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      std::error_code unknown;
      if (fs::is_regular_file(found.gl_pathv[i], unknown)) files.emplace_back(found.gl_pathv[i]);
    }
  }
  ::globfree(&found);
  return files;
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const std::string_view x = take_number(a);
      const std::string_view y = take_number(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;  // differ in leading zeros only
}

Result<std::vector<std::string>> list_images(const std::string& path, std::string_view key) {
  const std::string named = std::string(key) + " is \"" + path + "\"";
  std::error_code unknown;
  const bool folder = fs::is_directory(path, unknown);
  auto files = folder ? list_folder(path, named) : Result<std::vector<std::string>>(list_glob(path));
  if (!files) return files;
  if (files->empty()) {
    if (folder) {
      return fail(Code::not_found,
                  named + ": the folder holds no .png, .jpg, .jpeg or .bmp file; name the folder with the images");
    }
    return fail(Code::not_found, named +
                                     ": there is no such folder or file, and as a pattern it matches nothing; name a "
                                     "folder, a file, or a pattern such as \"images/*.png\"");
  }
  std::sort(files->begin(), files->end(),
            [](const std::string& a, const std::string& b) { return natural_less(a, b); });
  return files;
}

Result<std::string> read_text(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::error_code unknown;
  if (!stream || fs::is_directory(file, unknown)) return fail(Code::not_found, file + " cannot be read");
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) return fail(Code::io, file + ": reading failed half way");
  return text;
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "pipeline/launch/problems.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "pipeline/base/concat.hpp"

namespace weir {
namespace {

/// Edit distance with swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last.back();
}

}  // namespace

void Problems::add(const YamlNode& at, std::string text, Code code) {
  if (!at.origin.empty()) text = concat(at.origin, ": ", text);
  add({at.line, at.column, std::move(text), code});
}

void Problems::add(Diagnostic item) {
  // A file with more problems is no launch file, and its report would only grow.
  constexpr std::size_t kMost = 100;
  if (++count_ <= kMost) items_.push_back(std::move(item));
}

std::vector<Diagnostic> Problems::take() {
  const auto place = [](const Diagnostic& item) {
    return item.line > 0 ? std::pair(item.line, item.column) : std::pair(std::numeric_limits<int>::max(), 0);
  };
  std::stable_sort(items_.begin(), items_.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  return std::move(items_);
}

std::string seen_and_known(std::string_view seen, const std::vector<std::string>& known) {
  const std::string near = nearest_name(seen, known);
  const std::string guess = near.empty() ? std::string() : concat(" did you mean '", near, "'?");
  return concat("'", seen, "';", guess, " known: ", join_names(known));
}

std::string join_names(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  constexpr std::size_t kMost = 60;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    if (i > 0) text += ", ";
    text += names[i];
  }
  if (names.size() > kMost) text += concat(" and ", std::to_string(names.size() - kMost), " more");
  return text;
}

std::vector<std::string> to_names(std::span<const std::string_view> names) { return {names.begin(), names.end()}; }

std::string nearest_name(std::string_view seen, const std::vector<std::string>& known) {
  constexpr std::size_t kLongestName = 64;
  if (seen.size() > kLongestName) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, seen.size() / 3) + 1;
  for (const std::string& name : known) {
    if (name.size() > kLongestName) continue;
    const std::size_t distance = edit_distance(seen, name);
    if (distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

std::string format_diagnostics(std::string_view file, const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const Diagnostic& item : diagnostics) {
    out += file;
    if (item.line > 0) out += concat(":", std::to_string(item.line), ":", std::to_string(item.column));
    out += concat(": error: ", item.text, "\n");
  }
  return out;
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/weight_table.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>

namespace weir {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian and read as they are");

constexpr Eigen::Index kMostUnits = 1024;

std::string first_line(std::string_view kind) { return "weir-proposals-" + std::string(kind) + " 1"; }

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> found;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) found.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return found;
}

Eigen::Index whole(std::string_view text) {
  Eigen::Index value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

tl::unexpected<Error> bad(const std::string& what) {
  return fail(Code::corrupt, "proposal weights: " + what + "; fetch the file again or make it with train-proposals");
}

}  // namespace

std::string format_weight_table(std::string_view kind, std::span<const std::string> trained_on,
                                std::span<const WeightEntry> entries) {
  std::string bytes = first_line(kind);
  bytes += "\nsequences";
  for (const std::string& name : trained_on) bytes += " " + name;
  bytes += '\n';
  for (const WeightEntry& e : entries) {
    bytes.append(e.name).append(" ").append(std::to_string(e.rows));
    bytes.append(" ").append(std::to_string(e.columns)).append("\n");
  }
  for (const WeightEntry& e : entries) {
    const std::size_t at = bytes.size(), size = sizeof(float) * static_cast<std::size_t>(e.rows * e.columns);
    bytes.resize(at + size);
    std::memcpy(bytes.data() + at, e.data, size);
  }
  return bytes;
}

Result<std::vector<std::string>> parse_weight_table(std::string_view kind, std::string_view bytes,
                                                    std::span<const WeightEntry> entries,
                                                    const std::function<bool()>& fit) {
  if (const auto line = next_line(bytes); line != first_line(kind)) {
    return bad("it begins with \"" + std::string(line.substr(0, 40)) + "\", wanted \"" + first_line(kind) + "\"");
  }
  const auto names = words(next_line(bytes));
  if (names.empty() || names[0] != "sequences") return bad("the second line does not name its sequences");
  std::vector<std::pair<float*, std::size_t>> places;
  for (const WeightEntry& e : entries) {
    const std::string_view line = next_line(bytes);
    const auto parts = words(line);
    const Eigen::Index rows = parts.size() == 3 ? whole(parts[1]) : -1,
                       columns = parts.size() == 3 ? whole(parts[2]) : -1;
    if (rows < 1 || columns < 1 || rows > 4 * kMostUnits || columns > kMostUnits || parts[0] != e.name) {
      return bad("where " + std::string(e.name) + " with its rows and columns should be there is \"" +
                 std::string(line.substr(0, 40)) + "\"");
    }
    places.emplace_back(nullptr, static_cast<std::size_t>(rows * columns));
    // A vector has one column; Eigen takes another number for a bug of ours.
    if (e.columns == 1 && columns != 1 && e.rows == 0) return bad(std::string(e.name) + " must have one column");
    places.back().first = e.resize(rows, columns);
  }
  if (!fit()) return bad("its matrices do not fit each other, or this version's features");
  std::size_t wanted = 0;
  for (const auto& [data, count] : places) wanted += count * sizeof(float);
  if (bytes.size() != wanted) {
    return bad(std::to_string(bytes.size()) + " bytes of numbers, wanted " + std::to_string(wanted));
  }
  for (const auto& [data, count] : places) {
    std::memcpy(data, bytes.data(), count * sizeof(float));
    bytes.remove_prefix(count * sizeof(float));
    if (!Eigen::Map<const Eigen::VectorXf>(data, static_cast<Eigen::Index>(count)).allFinite()) {
      return bad("it holds a number that is not finite");
    }
  }
  return std::vector<std::string>(names.begin() + 1, names.end());
}

}  // namespace weir

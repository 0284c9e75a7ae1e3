// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/lstm_weights.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <functional>

namespace weir {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian and read as they are");

constexpr std::string_view kFirstLine = "weir-proposals-lstm 1";
constexpr Eigen::Index kMostUnits = 1024;

/// A matrix of the file, by name.
struct Entry {
  std::string_view name;
  std::function<float*(Eigen::Index rows, Eigen::Index columns)> resize;
  Eigen::Index rows, columns;
  const float* data;
};

template <typename Matrix>
Entry entry(std::string_view name, Matrix& matrix) {
  const auto resize = [&matrix](Eigen::Index rows, Eigen::Index columns) {
    matrix.resize(rows, columns);
    return matrix.data();
  };
  return {name, resize, matrix.rows(), matrix.cols(), matrix.data()};
}

std::vector<Entry> entries_of(LstmWeights& w) {
  return {entry("input", w.input),
          entry("recurrent", w.recurrent),
          entry("gate_bias", w.gate_bias),
          entry("dense", w.dense),
          entry("dense_bias", w.dense_bias),
          entry("output", w.output),
          entry("output_bias", w.output_bias),
          entry("keep", w.keep),
          entry("sigma_factor", w.sigma_factor),
          entry("margin_factor", w.margin_factor)};
}

tl::unexpected<Error> bad(const std::string& what) {
  return fail(Code::corrupt, "proposal weights: " + what + "; fetch the file again or make it with train-proposals");
}

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

Status check_shapes(const LstmWeights& w) {
  const Eigen::Index units = w.recurrent.cols(), dense = w.dense.rows();
  const auto outputs = static_cast<Eigen::Index>(LstmWeights::kOutputs);
  const auto shifts = static_cast<Eigen::Index>(LstmWeights::kShiftOutputs);
  const bool fit = w.input.rows() == 4 * units && w.input.cols() == Eigen::Index{kBoxFeatures} &&
                   w.recurrent.rows() == 4 * units && w.gate_bias.size() == 4 * units && w.dense.cols() == units &&
                   w.dense_bias.size() == dense && w.output.rows() == outputs && w.output.cols() == dense &&
                   w.output_bias.size() == outputs && w.keep.size() == shifts &&
                   w.sigma_factor.size() == kFarthestAhead && w.margin_factor.size() == kFarthestAhead;
  return fit ? Status() : Status(bad("its matrices do not fit each other, or this version's features").value());
}

}  // namespace

std::string format_lstm_weights(const LstmWeights& weights) {
  LstmWeights copy = weights;
  const std::vector<Entry> entries = entries_of(copy);
  std::string bytes(kFirstLine);
  bytes += "\nsequences";
  for (const std::string& name : weights.trained_on) bytes += " " + name;
  bytes += '\n';
  for (const Entry& e : entries) {
    bytes.append(e.name).append(" ").append(std::to_string(e.rows));
    bytes.append(" ").append(std::to_string(e.columns)).append("\n");
  }
  for (const Entry& e : entries) {
    const std::size_t at = bytes.size(), size = sizeof(float) * static_cast<std::size_t>(e.rows * e.columns);
    bytes.resize(at + size);
    std::memcpy(bytes.data() + at, e.data, size);
  }
  return bytes;
}

Result<LstmWeights> parse_lstm_weights(std::string_view bytes) {
  if (const auto line = next_line(bytes); line != kFirstLine) {
    return bad("it begins with \"" + std::string(line.substr(0, 40)) + "\", wanted \"" + std::string(kFirstLine) +
               "\"");
  }
  LstmWeights weights;
  const auto names = words(next_line(bytes));
  if (names.empty() || names[0] != "sequences") return bad("the second line does not name its sequences");
  weights.trained_on.assign(names.begin() + 1, names.end());
  std::vector<std::pair<float*, std::size_t>> places;
  for (Entry& e : entries_of(weights)) {
    const std::string_view line = next_line(bytes);
    const auto parts = words(line);
    const Eigen::Index rows = parts.size() == 3 ? whole(parts[1]) : -1,
                       columns = parts.size() == 3 ? whole(parts[2]) : -1;
    if (rows < 1 || columns < 1 || rows > 4 * kMostUnits || columns > kMostUnits || parts[0] != e.name) {
      return bad("where " + std::string(e.name) + " with its rows and columns should be there is \"" +
                 std::string(line.substr(0, 40)) + "\"");
    }
    places.emplace_back(e.resize(rows, columns), static_cast<std::size_t>(rows * columns));
  }
  if (Status status = check_shapes(weights); !status) return fail(status.error());
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
  return weights;
}

}  // namespace weir

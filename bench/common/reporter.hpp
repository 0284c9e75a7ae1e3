// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/common/figure.hpp"
#include "bench/common/targets.hpp"

namespace weir::bench {

/// Figures that explain the main one, printed with it under "also".
using Also = std::vector<std::pair<std::string, double>>;

/// Writes the figures of one benchmark, one JSON line each, in the form that docs/results/README.md fixes.
/// Thread-compatible.
class Reporter {
 public:
  /// `brief`: a run too short to mean anything; its lines say so in place of a value.
  Reporter(std::string bench, std::vector<Target> targets, bool brief);

  void print(std::string_view metric, const Figure& figure, const Also& also = {});

  /// The figure cannot be had here: a component or its data is absent.
  void skip(std::string_view metric, std::string_view reason);
  /// All figures of this benchmark that have not been printed yet.
  void skip_rest(std::string_view reason);

  bool brief() const { return brief_; }

  /// The text of one line, without its end.
  std::string line(std::string_view metric, const Figure& figure, const Also& also) const;
  std::string skipped_line(std::string_view metric, std::string_view reason) const;

 private:
  const Target& target_of(std::string_view metric) const;
  void put(std::string_view metric, const std::string& line);

  std::string bench_;
  std::vector<Target> targets_;
  bool brief_;
  std::string machine_;
  std::vector<std::string> printed_;
};

/// "Model name, 2 cores" of the machine this runs on.
std::string machine_name();

/// A note for the reader, on standard error.
void note(const std::string& text);

}  // namespace weir::bench

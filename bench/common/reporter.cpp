// SPDX-License-Identifier: Apache-2.0
#include "bench/common/reporter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

namespace weir::bench {
namespace {

/// Four significant digits: more would only be noise.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double scale = std::pow(10.0, 3 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

}  // namespace

std::string machine_name() {
  std::string model = "unknown processor";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    model = line.substr(line.find(':') + 2);
    break;
  }
  return model + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores";
}

void note(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

Reporter::Reporter(std::string bench, std::vector<Target> targets, bool brief)
    : bench_(std::move(bench)), targets_(std::move(targets)), brief_(brief), machine_(machine_name()) {
  std::erase_if(targets_, [this](const Target& target) { return target.bench != bench_; });
}

const Target& Reporter::target_of(std::string_view metric) const {
  const auto found =
      std::find_if(targets_.begin(), targets_.end(), [&](const Target& target) { return target.metric == metric; });
  if (found != targets_.end()) return *found;
  note(bench_ + " " + std::string(metric) + " has no entry in bench/targets.json; add one");
  std::abort();
}

std::string Reporter::line(std::string_view metric, const Figure& figure, const Also& also) const {
  const Target& target = target_of(metric);
  nlohmann::ordered_json line{{"bench", bench_},
                              {"metric", metric},
                              {"value", rounded(figure.value)},
                              {"unit", target.unit},
                              {"baseline", target.baseline},
                              {"target", target.wanted()}};
  if (target.has_bar()) line["met"] = target.met(figure.value);
  line["n"] = figure.n;
  line["spread"] = {rounded(figure.least), rounded(figure.greatest)};
  for (const auto& [name, value] : also) line["also"][name] = rounded(value);
  line["machine"] = machine_;
  return line.dump();
}

std::string Reporter::skipped_line(std::string_view metric, std::string_view reason) const {
  const Target& target = target_of(metric);
  const nlohmann::ordered_json line{{"bench", bench_},
                                    {"metric", metric},
                                    {"skipped", reason},
                                    {"unit", target.unit},
                                    {"baseline", target.baseline},
                                    {"target", target.wanted()},
                                    {"machine", machine_}};
  return line.dump();
}

void Reporter::put(std::string_view metric, const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
  printed_.emplace_back(metric);
}

void Reporter::print(std::string_view metric, const Figure& figure, const Also& also) {
  put(metric, brief_ ? skipped_line(metric, "short run, for crashes only") : line(metric, figure, also));
}

void Reporter::skip(std::string_view metric, std::string_view reason) { put(metric, skipped_line(metric, reason)); }

void Reporter::skip_rest(std::string_view reason) {
  for (const Target& target : targets_) {
    if (std::find(printed_.begin(), printed_.end(), target.metric) == printed_.end()) skip(target.metric, reason);
  }
}

}  // namespace weir::bench

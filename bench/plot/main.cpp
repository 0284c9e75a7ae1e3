// SPDX-License-Identifier: Apache-2.0
// Draws what benchmarks print: bench_plot policies|curve IN.jsonl OUT.png
#include <cstdio>
#include <fstream>
#include <string_view>

#include "bench/plot/plots.hpp"

namespace weir::bench {
namespace {

Result<Lines> read_lines(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(Code::not_found, path + " cannot be read; check the path");
  Lines lines;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty()) continue;
    nlohmann::json parsed = nlohmann::json::parse(line, nullptr, false);
    if (!parsed.is_object()) return fail(Code::corrupt, path + ":" + std::to_string(number) + " is no JSON object");
    lines.push_back(std::move(parsed));
  }
  return lines;
}

Status plot(std::string_view kind, const std::string& from, const std::string& png) {
  const auto lines = read_lines(from);
  if (!lines) return lines.error();
  try {
    if (kind == "policies") return plot_policies(*lines, png);
    if (kind == "curve") return plot_curve(*lines, png);
  } catch (const nlohmann::json::exception& error) {
    return {Code::corrupt, from + " is not what is wanted: " + error.what()};
  }
  return {Code::invalid, "there is no plot \"" + std::string(kind) + "\"; known are policies and curve"};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_plot policies|curve IN.jsonl OUT.png\n");
    return 2;
  }
  const weir::Status status = weir::bench::plot(argv[1], argv[2], argv[3]);
  if (status) return 0;
  std::fprintf(stderr, "bench_plot: %s\n", status.error().text.c_str());
  return status.error().code == weir::Code::not_found ? 3 : 1;
}

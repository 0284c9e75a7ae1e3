// SPDX-License-Identifier: Apache-2.0
// Prints the benchmark "preprocess" as one JSON line (standard output); the plain times go to standard error.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include "bench/preprocess/preprocess_bench.hpp"

namespace {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

int main() {
  constexpr double kTarget = 3;
  auto samples = weir::bench::measure_preprocess(7, 300);
  std::ranges::sort(samples, {}, &weir::bench::PreprocessSample::speedup);
  const auto& middle = samples[samples.size() / 2];
  std::fprintf(stderr, "fused %.1f us, OpenCV chain %.1f us per image\n", middle.fused_us, middle.opencv_us);
  std::printf(
      "{\"bench\":\"preprocess\",\"metric\":\"speedup\",\"value\":%.3f,\"unit\":\"ratio\","
      "\"baseline\":\"OpenCV resize+cvtColor+convertTo+split\",\"target\":\">= 3\",\"met\":%s,\"n\":%zu,"
      "\"spread\":[%.3f,%.3f],\"machine\":\"%s\"}\n",
      middle.speedup(), middle.speedup() >= kTarget ? "true" : "false", samples.size(), samples.front().speedup(),
      samples.back().speedup(), cpu_model().c_str());
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "train/slimmable/grid.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace weir::train {
namespace {

constexpr std::array kChannels{1, 2, 3, 4, 5, 6, 7, 8, 16, 32};
constexpr std::array kBits{8, 4, 2, 1};
constexpr std::array kUnitSteps{0.8, 0.8, 0.6, 0.4, 0.24, 0.15, 0.09, 0.05};

bool read(std::string_view text, int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

void richest_first(std::vector<Rung>& rungs) {
  std::ranges::stable_sort(rungs, std::ranges::greater(), [](const Rung& rung) { return rung.rate; });
}

}  // namespace

std::vector<Rung> full_grid(int channels) {
  std::vector<Rung> rungs;
  for (const int n : kChannels) {
    for (const int b : kBits) {
      if (n <= channels) rungs.push_back({n, b, static_cast<double>(n * b)});
    }
  }
  richest_first(rungs);
  return rungs;
}

Result<std::vector<Rung>> parse_grid(std::string_view text, int channels) {
  std::vector<Rung> rungs;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const auto cross = std::min(part.find('x'), part.size());
    int n = 0, b = 0;
    const bool reads = cross < part.size() && read(part.substr(0, cross), n) && read(part.substr(cross + 1), b);
    if (!reads || n < 1 || n > channels || b < 1 || b > std::ssize(kUnitSteps)) {
      return fail(Code::invalid, "setup \"" + std::string(part) + "\" is not CHANNELSxBITS, with 1 to " +
                                     std::to_string(channels) + " channels and 1 to 8 bits, as 4x2");
    }
    rungs.push_back({n, b, static_cast<double>(n * b)});
  }
  if (rungs.empty()) return fail(Code::invalid, "there is no setup; give some as 16x8,4x2,1x1");
  richest_first(rungs);
  return rungs;
}

double unit_step(int bits) { return kUnitSteps[static_cast<std::size_t>(bits - 1)]; }

torch::Tensor receive(const torch::Tensor& values, const Rung& rung, const torch::Tensor& steps) {
  const double reach = std::exp2(rung.bits - 1);
  const auto step = steps.view({1, -1, 1, 1}).slice(1, 0, rung.channels);
  const auto scaled = (values.slice(1, 0, rung.channels) / step).clamp(-reach, reach - 1);
  const auto sent = (scaled + (scaled.round() - scaled).detach()) * step;
  const std::int64_t unsent = values.size(1) - rung.channels;
  return torch::constant_pad_nd(sent, {0, 0, 0, 0, 0, unsent}).contiguous(values.suggest_memory_format());
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/setup_tables.hpp"

#include <algorithm>

#include "kernels/codec/calibration.hpp"

namespace weir {
namespace {

constexpr int kMostBits = 8;  // that a symbol of a message may have

}  // namespace

std::vector<std::string> setup_rung_names(const SwitchableSetups& setups) {
  std::vector<std::string> names;
  for (const SwitchableSetup& setup : setups.setups) {
    const std::string name = "switchable-" + setup.name;
    std::string distinct = name;
    for (int n = 2; std::ranges::find(names, distinct) != names.end(); ++n) distinct = name + "-" + std::to_string(n);
    names.push_back(distinct);
  }
  return names;
}

Result<std::shared_ptr<const CodeTables>> setup_tables(std::span<const std::vector<TensorView>> recordings,
                                                       const SwitchableSetups& setups, std::uint64_t model_hash,
                                                       float hold) {
  const std::vector<std::string> names = setup_rung_names(setups);
  CalibrationOptions options{.model_hash = model_hash};
  for (std::size_t s = 0; s < setups.setups.size(); ++s) {
    const SwitchableSetup& setup = setups.setups[s];
    if (setup.bits > kMostBits) {
      return fail(Code::unsupported, "setup \"" + setup.name + "\" has symbols of " + std::to_string(setup.bits) +
                                         " bits; a message carries at most 8: train it with fewer");
    }
    options.rungs.push_back({.name = names[s],
                             .channels = static_cast<std::size_t>(setup.channels),
                             .bits = setup.bits,
                             .hold = hold,
                             .steps = setup.step});
  }
  return calibrate(recordings, options);
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/setup_tables.hpp"

#include <algorithm>
#include <string>

#include "kernels/codec/calibration.hpp"

namespace weir {
namespace {

constexpr int kMostBits = 8;  // that a symbol of a message may have

std::string distinct_name(const std::string& name, const std::vector<RungWish>& rungs) {
  std::string distinct = name;
  for (int n = 2; std::ranges::find(rungs, distinct, &RungWish::name) != rungs.end(); ++n) {
    distinct = name + "-" + std::to_string(n);
  }
  return distinct;
}

bool is_of(const CodecRung& rung, const SwitchableSetup& setup) {
  if (rung.codes.size() != static_cast<std::size_t>(setup.channels)) return false;
  for (std::size_t c = 0; c < rung.codes.size(); ++c) {
    if (rung.codes[c].levels != 1 << setup.bits || rung.codes[c].step != setup.step[c]) return false;
  }
  return true;
}

}  // namespace

Result<std::shared_ptr<const CodeTables>> setup_tables(std::span<const std::vector<TensorView>> recordings,
                                                       const SwitchableSetups& setups, std::uint64_t model_hash,
                                                       std::span<const float> holds) {
  CalibrationOptions options{.model_hash = model_hash};
  for (const float hold : holds) {
    for (const SwitchableSetup& setup : setups.setups) {
      if (setup.bits > kMostBits) {
        return fail(Code::unsupported, "setup \"" + setup.name + "\" has symbols of " + std::to_string(setup.bits) +
                                           " bits; a message carries at most 8: train it with fewer");
      }
      options.rungs.push_back(
          {.name = distinct_name("switchable-" + setup.name + (hold > 0 ? "-held" : ""), options.rungs),
           .channels = static_cast<std::size_t>(setup.channels),
           .bits = setup.bits,
           .hold = hold,
           .steps = setup.step});
    }
  }
  return calibrate(recordings, options);
}

Result<std::vector<std::size_t>> setups_of_rungs(const CodeTables& tables, const SwitchableSetups& setups) {
  std::vector<std::size_t> indices;
  for (const CodecRung& rung : tables.rungs()) {
    const std::size_t index = indices.size() % setups.setups.size();
    if (!is_of(rung, setups.setups[index])) {
      return fail(Code::invalid, "rung " + rung.name + " has not the channels, bits and steps of setup \"" +
                                     setups.setups[index].name + "\"; make the tables again with these setups");
    }
    indices.push_back(index);
  }
  return indices;
}

}  // namespace weir

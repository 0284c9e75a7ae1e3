// SPDX-License-Identifier: Apache-2.0
// Runs the fuzz targets over their kept inputs, and over cuts and small changes of them, in every build.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "kernels/base/random.hpp"
#include "tests/fuzz/targets.hpp"

namespace weir::fuzz {
namespace {

class Corpus : public testing::TestWithParam<Target> {
 protected:
  static std::vector<std::vector<std::uint8_t>> inputs() {
    std::vector<std::vector<std::uint8_t>> all;
    const std::filesystem::path folder = std::filesystem::path(WEIR_SOURCE_DIR) / "tests/fuzz/corpus" / GetParam().name;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream file(entry.path(), std::ios::binary);
      all.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return all;
  }
};

TEST_P(Corpus, EveryKeptInputIsHandled) {
  const auto all = inputs();
  EXPECT_GE(all.size(), 3U);
  for (const auto& input : all) GetParam().run(input);
}

TEST_P(Corpus, ChangedInputsAreHandled) {
  Random random(11);
  for (const auto& input : inputs()) {
    for (int i = 0; i < 20 && !input.empty(); ++i) {
      std::vector<std::uint8_t> changed = input;
      changed[random.below(changed.size())] = static_cast<std::uint8_t>(random.next());
      if (i % 2 == 0) changed.resize(random.below(changed.size()));
      GetParam().run(changed);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Corpus, testing::ValuesIn(kTargets),
                         [](const testing::TestParamInfo<Target>& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace weir::fuzz

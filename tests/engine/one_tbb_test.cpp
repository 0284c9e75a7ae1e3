// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tbb/version.h>

#include <fstream>
#include <set>
#include <string>

#include "engine/engine.hpp"
#include "tests/engine/tiny_onnx.hpp"

namespace weir {
namespace {

TEST(OneTbb, HeadersAndLibraryAreTheSameVersion) { EXPECT_STREQ(TBB_VERSION_STRING, TBB_runtime_version()); }

TEST(OneTbb, OneLibraryIsLoadedWithEveryEngineInUse) {
  for (const std::string_view backend : engine_backends()) {
    ASSERT_TRUE(load_engine(test::relu_model({1, 3, 4, 4}), "relu", {.backend = std::string(backend)}).has_value());
  }
  std::set<std::string> files;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const auto at = line.find('/');
    if (at != std::string::npos && line.find("/libtbb.so") != std::string::npos) files.insert(line.substr(at));
  }
  EXPECT_EQ(files.size(), 1U) << *files.begin() << " and " << *files.rbegin();
}

}  // namespace
}  // namespace weir

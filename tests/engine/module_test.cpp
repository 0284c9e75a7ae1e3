// SPDX-License-Identifier: Apache-2.0
#include "engine/module.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine.hpp"

namespace weir {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kDefaultEngine = "weir_engine_" + std::string(engine_backends()[0]);

TEST(Module, GivesTheSameFunctionEachTime) {
  const auto first = find_in_module("the engine", kDefaultEngine, "weir_load_engine");
  ASSERT_TRUE(first.has_value()) << first.error().text;
  EXPECT_EQ(*first, find_in_module("the engine", kDefaultEngine, "weir_load_engine").value());
}

TEST(Module, AMissingFileIsNamedWithItsPlace) {
  const auto found = find_in_module("the crystal ball", "weir_crystal_ball", "weir_look");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, Code::unavailable);
  EXPECT_THAT(found.error().text,
              AllOf(StartsWith("the crystal ball cannot be loaded"), HasSubstr("libweir_crystal_ball.so"),
                    HasSubstr(WEIR_BINARY_DIR), HasSubstr("install Weir again")));
}

TEST(Module, AMissingFunctionIsNamed) {
  const auto found = find_in_module("the engine", kDefaultEngine, "weir_look");
  ASSERT_FALSE(found.has_value());
  EXPECT_THAT(found.error().text, AllOf(HasSubstr("weir_look"), HasSubstr("lib" + kDefaultEngine + ".so")));
}

}  // namespace
}  // namespace weir

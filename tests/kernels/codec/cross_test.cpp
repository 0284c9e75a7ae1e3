// SPDX-License-Identifier: Apache-2.0
// The codec's bytes and tensors on ARM, by emulation, are those of this machine.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/kernels/codec/feature_samples.hpp"

namespace weir {
namespace {

std::string output_of(const std::string& command) {
  std::string out;
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
  return ::pclose(pipe) == 0 ? out : "failed: " + out;
}

TEST(CodecOnArm, GivesTheSameBytesAndTensors) {
  const std::string program = WEIR_ARM_PROGRAM, emulator = WEIR_ARM_EMULATOR;
  if (program.empty()) GTEST_SKIP() << "g++-aarch64-linux-gnu is not installed";
  if (emulator.empty()) GTEST_SKIP() << "qemu-user is not installed";
  const auto tables = test::sample_tables();
  const std::string file = testing::TempDir() + "/weir_codec_tables";
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(tables->bytes().data()),
             static_cast<std::streamsize>(tables->bytes().size()));
  const std::uint64_t here = test::codec_fingerprint(tables);
  ASSERT_NE(here, 0U);
  EXPECT_EQ(output_of(emulator + " " + program + " " + file), std::to_string(here) + "\n");
  std::remove(file.c_str());
}

}  // namespace
}  // namespace weir

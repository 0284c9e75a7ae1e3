// SPDX-License-Identifier: Apache-2.0
// The stored vectors are the specification: code, bytes and JSON twins must say the same. After a change of the format
// that is meant, WEIR_WRITE_VECTORS=1 in the environment writes them anew.
#include "tests/transport/wire/vectors.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/transport/wire/json_twin.hpp"

namespace weir::test {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(WEIR_SOURCE_DIR) / "tests/transport/wire/vectors";

Buffer read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_vectors() {
  std::filesystem::create_directories(kFolder);
  for (const Vector& vector : make_vectors()) {
    std::ofstream(kFolder / (vector.name + ".bin"), std::ios::binary)
        .write(reinterpret_cast<const char*>(vector.message.data()),
               static_cast<std::streamsize>(vector.message.size()));
    std::ofstream(kFolder / (vector.name + ".json")) << twin_of(vector.message).dump(1) << "\n";
  }
}

TEST(Vectors, CodeBytesAndJsonAgree) {
  if (std::getenv("WEIR_WRITE_VECTORS") != nullptr) write_vectors();
  for (const Vector& vector : make_vectors()) {
    SCOPED_TRACE(vector.name);
    const Buffer stored = read_file(kFolder / (vector.name + ".bin"));
    EXPECT_EQ(vector.message, stored);
    std::ifstream file(kFolder / (vector.name + ".json"));
    const Json twin = Json::parse(file, nullptr, false);
    ASSERT_FALSE(twin.is_discarded());
    EXPECT_EQ(twin_of(stored), twin);
    EXPECT_EQ(message_of(twin), stored);
  }
}

TEST(Vectors, EachStoredFileIsOneOfThem) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, 2 * make_vectors().size());
}

}  // namespace
}  // namespace weir::test

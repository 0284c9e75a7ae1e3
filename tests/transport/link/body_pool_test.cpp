// SPDX-License-Identifier: Apache-2.0
#include "transport/link/body_pool.hpp"

#include <gtest/gtest.h>

#include "tests/transport/link/link_rig.hpp"

namespace weir {
namespace {

TEST(BodyPool, GivesAlignedMemoryAndTheSameAgain) {
  const auto pool = BodyPool::create(1 << 20);
  for (std::size_t bytes = 1; bytes < 5000; bytes += 37) {
    BodyMemory memory = pool->take(bytes);
    EXPECT_EQ(memory.bytes.size(), bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.bytes.data()) % 64, 0u);
    std::fill(memory.bytes.begin(), memory.bytes.end(), std::uint8_t{1});
    const std::uint8_t* const at = memory.bytes.data();
    memory = {};
    EXPECT_EQ(pool->take(bytes).bytes.data(), at);
  }
}

TEST(BodyPool, KeepsNoMoreThanItMay) {
  const auto pool = BodyPool::create(100000);
  std::vector<BodyMemory> taken;
  for (int i = 0; i < 10; ++i) taken.push_back(pool->take(40000));
  EXPECT_EQ(pool->unused_bytes(), 0u);
  taken.clear();
  EXPECT_GE(pool->unused_bytes(), 40000u);
  EXPECT_LE(pool->unused_bytes(), 100000u);
}

TEST(BodyPool, MemoryOutlivesThePoolsOwner) {
  auto pool = BodyPool::create(1 << 20);
  BodyMemory memory = pool->take(1000);
  pool.reset();
  std::fill(memory.bytes.begin(), memory.bytes.end(), std::uint8_t{7});
  const auto copy = memory.keeper;
  memory.keeper = nullptr;
  EXPECT_EQ(memory.bytes[999], 7);
}

TEST(BodyPool, CopiesOnlyWhatIsNotOneAlignedPiece) {
  const auto pool = BodyPool::create(1 << 20);
  const BodyMemory aligned = pool->take(300);
  Body one;
  one.append({aligned.bytes, aligned.keeper});
  EXPECT_EQ(pool->in_one_piece(one).view.data(), aligned.bytes.data());
  Body shifted;
  shifted.append({aligned.bytes.subspan(1), aligned.keeper});
  EXPECT_NE(pool->in_one_piece(shifted).view.data(), aligned.bytes.data() + 1);
  EXPECT_TRUE(pool->in_one_piece({}).view.empty());
}

}  // namespace
}  // namespace weir

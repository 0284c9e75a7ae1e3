// SPDX-License-Identifier: Apache-2.0
#include "pipeline/packet.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "pipeline/payloads.hpp"

namespace weir {
namespace {

TEST(Packet, CopiesShareThePayload) {
  auto pool = std::make_shared<detail::Pool<Regions>>();
  auto* fresh = pool->take();
  fresh->value.items.resize(3);
  const Packet first(fresh);
  const Packet second = first;  // NOLINT: the copy is what is tested
  EXPECT_EQ(first.get<Regions>(), second.get<Regions>());
  EXPECT_EQ(second.get<Regions>()->items.size(), 3U);
}

TEST(Packet, OfAnotherTypeIsNull) {
  auto pool = std::make_shared<detail::Pool<Regions>>();
  const Packet packet(pool->take());
  EXPECT_EQ(packet.get<Tracks>(), nullptr);
  EXPECT_EQ(Packet().get<Regions>(), nullptr);
}

TEST(Pool, GivesBackTheSameBuffersCleared) {
  auto pool = std::make_shared<detail::Pool<Detections>>();
  const Detection* memory = nullptr;
  {
    auto* fresh = pool->take();
    fresh->value.items.resize(100);
    fresh->value.classes = std::make_shared<ClassNames>();
    fresh->quality.outcome = Outcome::partial;
    memory = fresh->value.items.data();
    const Packet packet(fresh);
  }
  auto* again = pool->take();
  const Packet keep(again);
  EXPECT_TRUE(again->value.items.empty());
  EXPECT_EQ(again->value.classes, nullptr);
  EXPECT_EQ(again->quality.outcome, Outcome::full);
  again->value.items.resize(100);
  EXPECT_EQ(again->value.items.data(), memory);
}

TEST(Pool, LivesAsLongAsItsPackets) {
  auto pool = std::make_shared<detail::Pool<Regions>>();
  Packet packet(pool->take());
  const std::weak_ptr<detail::Pool<Regions>> watch = pool;
  pool.reset();
  EXPECT_FALSE(watch.expired());
  packet = Packet();
  EXPECT_TRUE(watch.expired());
}

TEST(Pool, TakesBackFromOtherThreads) {
  auto pool = std::make_shared<detail::Pool<Regions>>();
  const auto work = [&] {
    for (int i = 0; i < 2000; ++i) {
      const Packet packet(pool->take());
      const Packet copy = packet;  // NOLINT
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(pool.use_count(), 1);
}

TEST(Frame, AllocateReusesMemoryAndAdoptShares) {
  Frame frame;
  const MutableImageView own = frame.allocate(64, 48, PixelFormat::bgr8);
  EXPECT_EQ(own.stride, 192);
  frame.clear();
  EXPECT_TRUE(frame.image.empty());
  EXPECT_EQ(frame.allocate(32, 48, PixelFormat::bgr8).data, own.data);

  auto keeper = std::make_shared<std::vector<std::uint8_t>>(64);
  frame.adopt({keeper->data(), 8, 8, 8, PixelFormat::gray8}, keeper);
  EXPECT_EQ(frame.image.data, keeper->data());
  EXPECT_EQ(keeper.use_count(), 2);
  frame.clear();
  EXPECT_EQ(keeper.use_count(), 1);
}

TEST(Quality, WorseTakesTheLesserOfEachField) {
  Quality a;
  a.outcome = Outcome::partial;
  a.parts = 4;
  a.parts_ok = 3;
  Quality b;
  b.age = 2;
  b.worker = 1;
  b.expected_accuracy = 0.5F;
  for (const Quality& both : {worse(a, b), worse(b, a)}) {
    EXPECT_EQ(both.outcome, Outcome::partial);
    EXPECT_EQ(both.parts, 4);
    EXPECT_EQ(both.parts_ok, 3);
    EXPECT_EQ(both.age, 2);
    EXPECT_EQ(both.worker, 1);
    EXPECT_EQ(both.expected_accuracy, 0.5F);
  }
  EXPECT_TRUE(std::isnan(worse(a, a).expected_accuracy));
}

}  // namespace
}  // namespace weir

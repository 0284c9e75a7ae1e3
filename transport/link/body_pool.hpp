// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "transport/wire/message.hpp"

namespace weir {

/// Memory to be filled with a body, aligned to 64 bytes and not cleared; `keeper` gives it back to the pool.
struct BodyMemory {
  std::span<std::uint8_t> bytes;
  std::shared_ptr<const void> keeper;
};

/// Memory of bodies, kept for the next one of about its size. What was taken outlives the pool's owner. Thread-safe:
/// the last user of a body may be any thread.
class BodyPool : public std::enable_shared_from_this<BodyPool> {
 public:
  /// At most `keep_bytes` of unused memory are held back from the system.
  static std::shared_ptr<BodyPool> create(std::size_t keep_bytes);
  ~BodyPool();
  BodyPool(const BodyPool&) = delete;
  BodyPool& operator=(const BodyPool&) = delete;

  /// Memory for `bytes`, at least 1; allocates nothing when a block of that size class is unused.
  BodyMemory take(std::size_t bytes);

  /// The body as one aligned piece: itself where it is one already, else a copy.
  Bytes in_one_piece(const Body& body);

  std::size_t unused_bytes() const;

 private:
  struct Block;
  template <typename T>
  struct KeeperAllocator;

  explicit BodyPool(std::size_t keep_bytes) : keep_bytes_(keep_bytes) {}
  void give_back(Block* block);

  // Four classes an octave from 256 bytes on: at most a fifth of a block lies idle.
  static constexpr std::size_t kClasses = 80;

  const std::size_t keep_bytes_;
  mutable std::mutex mutex_;
  std::array<std::vector<Block*>, kClasses> unused_;
  std::size_t unused_bytes_ = 0;
};

}  // namespace weir

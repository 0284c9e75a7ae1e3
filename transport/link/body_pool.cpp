// SPDX-License-Identifier: Apache-2.0
#include "transport/link/body_pool.hpp"

#include <bit>
#include <cstring>
#include <new>

namespace weir {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kSmallest = 256;

/// Sizes of the classes: 256, 320, 384, 448, 512, 640, ...
std::size_t class_bytes(std::size_t index) { return (kSmallest + (index % 4) * (kSmallest / 4)) << (index / 4); }

std::size_t class_of(std::size_t bytes) {
  if (bytes <= kSmallest) return 0;
  const auto octave = static_cast<std::size_t>(std::bit_width((bytes - 1) / kSmallest)) - 1;
  const std::size_t step = (kSmallest / 4) << octave;
  return octave * 4 + (bytes - (kSmallest << octave) + step - 1) / step;
}

}  // namespace

/// What stands before the bytes: room for the reference count of the shared pointer that keeps them.
struct alignas(kAlignment) BodyPool::Block {
  std::size_t index = 0;
  alignas(16) std::array<std::byte, 112> count;

  std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(this + 1); }
};

/// Puts the reference count into the block, so that a body costs no allocation of its own; freeing the count is the
/// last thing that happens to a body and gives the block back.
template <typename T>
struct BodyPool::KeeperAllocator {
  using value_type = T;

  KeeperAllocator(std::shared_ptr<BodyPool> owner, Block* place) : pool(std::move(owner)), block(place) {}
  template <typename U>
  KeeperAllocator(const KeeperAllocator<U>& other) : pool(other.pool), block(other.block) {}  // NOLINT: rebinds

  T* allocate(std::size_t) {
    static_assert(sizeof(T) <= sizeof(Block::count) && alignof(T) <= 16);
    return reinterpret_cast<T*>(block->count.data());
  }
  void deallocate(T*, std::size_t) { pool->give_back(block); }
  bool operator==(const KeeperAllocator& other) const { return block == other.block; }

  std::shared_ptr<BodyPool> pool;
  Block* block;
};

std::shared_ptr<BodyPool> BodyPool::create(std::size_t keep_bytes) {
  return std::shared_ptr<BodyPool>(new BodyPool(keep_bytes));
}

BodyPool::~BodyPool() {
  for (auto& blocks : unused_) {
    for (Block* block : blocks) ::operator delete (block, std::align_val_t{kAlignment});
  }
}

BodyMemory BodyPool::take(std::size_t bytes) {
  const std::size_t index = class_of(bytes);
  Block* block = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (auto& blocks = unused_[index]; !blocks.empty()) {
      block = blocks.back();
      blocks.pop_back();
      unused_bytes_ -= class_bytes(index);
    }
  }
  if (block == nullptr) {
    block = new (::operator new (sizeof(Block) + class_bytes(index), std::align_val_t{kAlignment})) Block;
    block->index = index;
  }
  BodyMemory memory{{block->bytes(), bytes}, nullptr};
  memory.keeper = std::shared_ptr<const void>(
      block->bytes(), [](const void*) {}, KeeperAllocator<Block>(shared_from_this(), block));
  return memory;
}

void BodyPool::give_back(Block* block) {
  const std::size_t bytes = class_bytes(block->index);
  {
    const std::scoped_lock lock(mutex_);
    if (unused_bytes_ + bytes <= keep_bytes_) {
      unused_[block->index].push_back(block);
      unused_bytes_ += bytes;
      return;
    }
  }
  ::operator delete (block, std::align_val_t{kAlignment});
}

Bytes BodyPool::in_one_piece(const Body& body) {
  if (body.bytes == 0) return {};
  if (body.pieces.size() == 1) {
    const Bytes& piece = body.pieces.front();
    if (reinterpret_cast<std::uintptr_t>(piece.view.data()) % kAlignment == 0) return piece;
  }
  BodyMemory memory = take(body.bytes);
  std::uint8_t* to = memory.bytes.data();
  for (const Bytes& piece : body.pieces) {
    std::memcpy(to, piece.view.data(), piece.view.size());
    to += piece.view.size();
  }
  return {memory.bytes, std::move(memory.keeper)};
}

std::size_t BodyPool::unused_bytes() const {
  const std::scoped_lock lock(mutex_);
  return unused_bytes_;
}

}  // namespace weir

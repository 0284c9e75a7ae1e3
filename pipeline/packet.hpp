// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/clock.hpp"

namespace weir {

/// Dense number of a stream (camera) within one run.
using StreamId = std::uint32_t;

/// Identity and time of the frame a packet belongs to. All packets of one frame carry the same stamp.
struct Stamp {
  StreamId stream = 0;
  std::uint64_t frame = 0;      ///< 0, 1, 2, ... within the stream
  TimePoint capture{};          ///< when the camera took it; outside real time, its time within the recording
  TimePoint entered{};          ///< when it came into the graph
  TimePoint deadline = kNever;  ///< when its answer is due
  std::uint32_t plan = 0;       ///< configuration in force for this frame, from entry to answer
  std::uint64_t trace = 0;      ///< for following one frame over processes
};

/// How a frame ended (design section 3).
enum class Outcome : std::uint8_t { full, partial, local, predicted, dropped };

std::string_view to_string(Outcome outcome);

/// How good an answer is and where it was made. The worst grade of a stage's inputs is the start value of its outputs.
struct Quality {
  Outcome outcome = Outcome::full;
  std::uint16_t parts = 1;     ///< pieces of work the frame was cut into
  std::uint16_t parts_ok = 1;  ///< of these, back in time
  std::uint16_t age = 0;       ///< frames since the newest pixels that went into the answer
  std::int16_t worker = -1;    ///< cloud worker that answered; -1 = this process
  std::int16_t setup = -1;     ///< rung of the rate ladder; -1 = none
  float expected_accuracy = std::numeric_limits<float>::quiet_NaN();  ///< in [0, 1] where a profile tells
};

/// The lesser of two grades, field by field.
Quality worse(const Quality& a, const Quality& b);

/// Name of a payload type; specialise it for own types: `static constexpr std::string_view name = "acme.Blob";`
template <typename T>
struct PayloadTraits;

/// Identity of a payload type across shared libraries: compared by name.
struct PayloadType {
  std::string_view name;
  bool operator==(const PayloadType& other) const { return this == &other || name == other.name; }
};

template <typename T>
inline constexpr PayloadType kPayloadType{PayloadTraits<T>::name};

namespace detail {

/// Header of every packet; the payload follows in PacketOf<T>.
struct PacketHeader {
  virtual ~PacketHeader() = default;
  virtual void recycle() = 0;  ///< called once, when the last handle is gone

  std::atomic<std::uint32_t> handles{0};
  const PayloadType* type = nullptr;
  Stamp stamp;
  Quality quality;
};

}  // namespace detail

/// A shared handle of one immutable payload and its stamp. One pointer wide; copying it copies no data. The handle is
/// thread-compatible, what it points to is thread-safe because nobody may change it.
class Packet {
 public:
  Packet() = default;
  explicit Packet(detail::PacketHeader* header) : header_(header) { retain(); }
  Packet(const Packet& other) : header_(other.header_) { retain(); }
  Packet(Packet&& other) noexcept : header_(std::exchange(other.header_, nullptr)) {}
  Packet& operator=(Packet other) noexcept {
    std::swap(header_, other.header_);
    return *this;
  }
  ~Packet() {
    if (header_ && header_->handles.fetch_sub(1, std::memory_order_acq_rel) == 1) header_->recycle();
  }

  explicit operator bool() const { return header_ != nullptr; }
  const PayloadType& type() const { return *header_->type; }
  const Stamp& stamp() const { return header_->stamp; }
  const Quality& quality() const { return header_->quality; }

  /// The payload, or null when it is of another type or the handle is empty.
  template <typename T>
  const T* get() const;

 private:
  void retain() {
    if (header_) header_->handles.fetch_add(1, std::memory_order_relaxed);
  }
  detail::PacketHeader* header_ = nullptr;
};

namespace detail {

class PoolBase {
 public:
  virtual ~PoolBase() = default;
};

template <typename T>
class Pool;

template <typename T>
struct PacketOf final : PacketHeader {
  T value{};
  std::shared_ptr<Pool<T>> home;
  void recycle() override;
};

/// Payloads of one output port, reused: a recycled payload keeps its buffers, so a steady flow allocates nothing.
/// Thread-safe.
template <typename T>
class Pool final : public PoolBase, public std::enable_shared_from_this<Pool<T>> {
 public:
  ~Pool() override {
    for (PacketOf<T>* packet : idle_) delete packet;
  }

  PacketOf<T>* take() {
    PacketOf<T>* packet = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        packet = idle_.back();
        idle_.pop_back();
      }
    }
    if (!packet) {
      packet = new PacketOf<T>;
      packet->type = &kPayloadType<T>;
    }
    packet->home = this->shared_from_this();
    packet->quality = {};
    return packet;
  }

  void give_back(PacketOf<T>* packet) {
    if constexpr (requires(T & value) { value.clear(); }) packet->value.clear();
    {
      const std::lock_guard lock(mutex_);
      if (idle_.size() < kMaxIdle) {
        if (idle_.capacity() == 0) idle_.reserve(kMaxIdle);
        idle_.push_back(packet);
        return;
      }
    }
    delete packet;
  }

 private:
  static constexpr std::size_t kMaxIdle = 64;
  std::mutex mutex_;
  std::vector<PacketOf<T>*> idle_;
};

template <typename T>
void PacketOf<T>::recycle() {
  // The pool may go with its last packet: keep it until the packet is back.
  const std::shared_ptr<Pool<T>> pool = std::move(home);
  pool->give_back(this);
}

}  // namespace detail

template <typename T>
const T* Packet::get() const {
  if (!header_ || !(*header_->type == kPayloadType<T>)) return nullptr;
  return &static_cast<const detail::PacketOf<T>*>(header_)->value;
}

}  // namespace weir

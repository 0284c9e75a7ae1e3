// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace weir {

/// What one element of a tensor is.
enum class DType : std::uint8_t { f32, f16, bf16, i8, u8, i32, i64 };

constexpr std::size_t size_of(DType type) {
  switch (type) {
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::f16:
    case DType::bf16:
      return 2;
    case DType::i64:
      return 8;
    default:
      return 1;
  }
}

constexpr std::string_view to_string(DType type) {
  constexpr std::array<std::string_view, 7> kNames{"f32", "f16", "bf16", "i8", "u8", "i32", "i64"};
  return kNames[static_cast<std::size_t>(type)];
}

/// The DType of a C++ type; f16 and bf16 have none and are read as their 16 bits.
template <typename T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, std::int8_t>) return DType::i8;
  if constexpr (std::is_same_v<T, std::uint8_t>) return DType::u8;
  if constexpr (std::is_same_v<T, std::int32_t>) return DType::i32;
  if constexpr (std::is_same_v<T, std::int64_t>) return DType::i64;
}

/// The extents of a tensor, outermost first: at most kMaxRank of them, held in place. Rank 0 is a scalar.
class Shape {
 public:
  static constexpr std::size_t kMaxRank = 8;

  constexpr Shape() = default;
  /// More than kMaxRank extents are cut off.
  constexpr Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  constexpr explicit Shape(std::span<const std::int64_t> extents) : rank_(std::min(extents.size(), kMaxRank)) {
    for (std::size_t i = 0; i < rank_; ++i) extents_[i] = extents[i];
  }

  constexpr std::size_t rank() const { return rank_; }
  constexpr std::int64_t operator[](std::size_t i) const { return extents_[i]; }
  constexpr std::int64_t& operator[](std::size_t i) { return extents_[i]; }
  constexpr const std::int64_t* begin() const { return extents_.data(); }
  constexpr const std::int64_t* end() const { return extents_.data() + rank_; }

  /// The product of the extents; 0 if one is negative (not known yet).
  constexpr std::size_t elements() const {
    std::size_t n = 1;
    for (const std::int64_t extent : *this) n *= extent < 0 ? 0 : static_cast<std::size_t>(extent);
    return n;
  }

  constexpr bool operator==(const Shape& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

  /// "1x3x192x640"; an unknown extent is "?".
  std::string text() const {
    std::string out;
    for (const std::int64_t extent : *this) {
      if (!out.empty()) out += 'x';
      out += extent < 0 ? std::string("?") : std::to_string(extent);
    }
    return out.empty() ? "scalar" : out;
  }

 private:
  std::array<std::int64_t, kMaxRank> extents_{};
  std::size_t rank_ = 0;
};

/// Borrowed, read-only, dense row-major values.
struct TensorView {
  DType dtype = DType::f32;
  Shape shape;
  const void* data = nullptr;

  std::size_t bytes() const { return shape.elements() * size_of(dtype); }

  /// The values, or an empty span when the tensor holds another type.
  template <typename T>
  std::span<const T> as() const {
    if (dtype != dtype_of<T>() || data == nullptr) return {};
    return {static_cast<const T*>(data), shape.elements()};
  }
};

/// A borrowed view of f32 values; `values` must hold shape.elements() of them.
inline TensorView view_of(std::span<const float> values, const Shape& shape) {
  return {DType::f32, shape, values.data()};
}

/// Owned dense row-major values, aligned to 64 bytes. Resizing within the capacity keeps the memory.
class Tensor {
 public:
  Tensor() = default;
  Tensor(DType dtype, const Shape& shape) { resize(dtype, shape); }

  /// Takes a new type and shape; the values are unspecified afterwards.
  void resize(DType dtype, const Shape& shape) {
    const std::size_t need = shape.elements() * size_of(dtype);
    if (need > capacity_) {
      memory_.reset(static_cast<std::byte*>(::operator new (need, std::align_val_t{kAlignment})));
      capacity_ = need;
    }
    dtype_ = dtype;
    shape_ = shape;
  }

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::size_t bytes() const { return shape_.elements() * size_of(dtype_); }
  void* data() { return memory_.get(); }
  const void* data() const { return memory_.get(); }
  TensorView view() const { return {dtype_, shape_, memory_.get()}; }

  /// The values, or an empty span when the tensor holds another type.
  template <typename T>
  std::span<T> as() {
    if (dtype_ != dtype_of<T>() || memory_ == nullptr) return {};
    return {static_cast<T*>(static_cast<void*>(memory_.get())), shape_.elements()};
  }

 private:
  static constexpr std::size_t kAlignment = 64;
  struct Free {
    void operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{kAlignment}); }
  };

  DType dtype_ = DType::f32;
  Shape shape_{0};
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t capacity_ = 0;
};

}  // namespace weir

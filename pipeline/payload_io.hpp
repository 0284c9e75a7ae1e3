// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/tensor.hpp"

namespace weir {

/// Rows of N numbers each, while they are written. Valid as long as the PayloadWriter it is of.
template <typename T, std::size_t N>
class RowsOut {
 public:
  static_assert(N > 0);
  explicit RowsOut(std::vector<std::uint8_t>& bytes) : bytes_(&bytes) {}

  /// Adds one row; its numbers must fit T without narrowing.
  template <typename... Numbers>
  requires(sizeof...(Numbers) == N && (std::convertible_to<Numbers, T> && ...)) void add(Numbers... numbers) {
    const std::array<T, N> row{numbers...};
    const std::size_t end = bytes_->size();
    bytes_->resize(end + sizeof row);
    std::memcpy(bytes_->data() + end, row.data(), sizeof row);
  }

 private:
  std::vector<std::uint8_t>* bytes_;
};

/// Rows of N numbers each that came in. A view of the message, valid as long as the PayloadReader it is of. Nothing is
/// known of the numbers: floats may be infinite or NaN.
template <typename T, std::size_t N>
class RowsIn {
 public:
  static_assert(N > 0);
  explicit RowsIn(const TensorView& rows)
      : data_(static_cast<const std::uint8_t*>(rows.data)), size_(rows.shape.elements() / N) {}

  std::size_t size() const { return size_; }
  std::array<T, N> operator[](std::size_t row) const {
    std::array<T, N> numbers;
    // The bytes may lie at any alignment.
    std::memcpy(numbers.data(), data_ + row * sizeof numbers, sizeof numbers);
    return numbers;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

/// Takes the fields of one payload, each under a key of its own: at most 255, with keys of 1 to 64 letters, digits and
/// '_' other than "type", texts of up to 64 KiB in UTF-8. What breaks these rules is not sent, and the frame's error
/// names it. All values are copied. Thread-compatible.
class PayloadWriter {
 public:
  virtual ~PayloadWriter() = default;

  virtual void integer(std::string_view key, std::int64_t value) = 0;
  virtual void number(std::string_view key, double value) = 0;
  virtual void text(std::string_view key, std::string_view value) = 0;
  virtual void tensor(std::string_view key, const TensorView& value) = 0;

  /// Rows of N numbers of type float, std::int8_t, std::uint8_t, std::int32_t or std::int64_t, to be added one by one.
  template <typename T, std::size_t N>
  RowsOut<T, N> rows(std::string_view key) {
    return RowsOut<T, N>(begin_rows(key, dtype_of<T>(), N));
  }

 private:
  virtual std::vector<std::uint8_t>& begin_rows(std::string_view key, DType type, std::size_t columns) = 0;
};

/// Gives the fields of one payload that came from another process. Whoever sent it may be broken or hostile: a field
/// may be missing or of another kind, which is an error that names it, and hold any value. Thread-compatible.
class PayloadReader {
 public:
  static constexpr std::size_t kMostRows = 100000;

  virtual ~PayloadReader() = default;

  virtual Result<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most) const = 0;
  virtual Result<double> number(std::string_view key) const = 0;          ///< may be infinite or NaN
  virtual Result<std::string_view> text(std::string_view key) const = 0;  ///< UTF-8 of up to 64 KiB, of any characters
  /// Any type and shape, with as many bytes as these say, at any alignment: copy them.
  virtual Result<TensorView> tensor(std::string_view key) const = 0;

  /// Rows that were written as `rows<T, N>`, at most `most` of them.
  template <typename T, std::size_t N>
  Result<RowsIn<T, N>> rows(std::string_view key, std::size_t most = kMostRows) const {
    return find_rows(key, dtype_of<T>(), N, most).map([](const TensorView& found) { return RowsIn<T, N>(found); });
  }

 private:
  virtual Result<TensorView> find_rows(std::string_view key, DType type, std::size_t columns,
                                       std::size_t most) const = 0;
};

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "pipeline/base/concat.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/body_writer.hpp"

namespace weir::fields {

/// The start of a text that came from elsewhere, fit to be shown: printable, at most 40 characters.
std::string shown(std::string_view text);

/// A whole number of a map, at most `most`.
Result<std::uint64_t> natural(const BodyValue& map, std::string_view key, std::uint64_t most);

/// A class number must be an index into the names that came with it.
Status check_label(std::int32_t label, std::size_t classes);

/// Rows of equally many numbers, as a tensor of a body: [rows, columns], or [rows] for one column.
template <typename T>
class Columns {
 public:
  explicit Columns(std::size_t columns) : columns_(columns) {}

  void add(std::initializer_list<T> row) { values_.insert(values_.end(), row); }
  std::size_t rows() const { return values_.size() / columns_; }
  std::span<const T> row(std::size_t i) const { return std::span(values_).subspan(i * columns_, columns_); }

  void write(BodyWriter& to) const {
    const auto kept = std::make_shared<std::vector<T>>(values_);
    const auto count = static_cast<std::int64_t>(rows());
    const Shape shape = columns_ == 1 ? Shape{count} : Shape{count, static_cast<std::int64_t>(columns_)};
    to.tensor({dtype_of<T>(), shape, kept->data()}, kept);
  }

  /// Reads what write() wrote; `rows`, where given, must be how many there are. Numbers must be finite.
  static Result<Columns> read(const BodyValue& map, std::string_view key, std::size_t columns,
                              std::optional<std::size_t> rows) {
    const auto tensor = map.get(key).and_then([](const BodyValue& value) { return value.tensor(); });
    if (!tensor) return fail(tensor.error());
    const Shape& shape = tensor->shape;
    const bool fits = shape.rank() == (columns == 1 ? 1U : 2U) && shape[0] >= 0 && shape[0] <= kMostRows &&
                      (columns == 1 || shape[1] == static_cast<std::int64_t>(columns)) &&
                      (!rows || shape[0] == static_cast<std::int64_t>(*rows));
    if (tensor->dtype != dtype_of<T>() || !fits) {
      return fail(Code::invalid, concat("\"", key, "\" is ", to_string(tensor->dtype), " ", shape.text(), "; wanted ",
                                        to_string(dtype_of<T>()), " ", rows ? std::to_string(*rows) : "rows",
                                        columns == 1 ? "" : concat("x", std::to_string(columns))));
    }
    Columns read(columns);
    read.values_.resize(shape.elements());
    // The bytes may lie at any alignment.
    if (!read.values_.empty()) std::memcpy(read.values_.data(), tensor->data, tensor->bytes());
    if constexpr (std::is_floating_point_v<T>) {
      for (const T value : read.values_) {
        if (!std::isfinite(value))
          return fail(Code::invalid, concat("\"", key, "\" holds a number that is not finite"));
      }
    }
    return read;
  }

 private:
  static constexpr std::int64_t kMostRows = 100000;
  std::size_t columns_;
  std::vector<T> values_;
};

}  // namespace weir::fields

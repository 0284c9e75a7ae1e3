// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "transport/wire/body_reader.hpp"

namespace weir::wire {

/// Reads the fields of a map one after the other and keeps the first error; after one, every getter gives an empty
/// value. So a whole map is read without a look at each field, and status() is asked at the end.
class MapFields {
 public:
  explicit MapFields(const BodyValue& map) : map_(map) {}

  const Status& status() const { return status_; }

  std::string text(std::string_view key) {
    return std::string(value(key, [](const BodyValue& found) { return found.text(); }));
  }

  bool boolean(std::string_view key) {
    return value(key, [](const BodyValue& found) { return found.boolean(); });
  }

  /// An integer from 0 to `most`.
  std::uint64_t natural(std::string_view key, std::uint64_t most) {
    const std::uint64_t number = value(key, [](const BodyValue& found) { return found.natural(); });
    if (number <= most) return number;
    keep({Code::invalid, "body: " + std::string(key) + " is " + std::to_string(number) + ", at most " +
                             std::to_string(most) + " makes sense"});
    return 0;
  }

  std::vector<std::string> texts(std::string_view key) {
    std::vector<std::string> all;
    items(key, [&](const BodyValue& item) {
      const Result<std::string_view> found = item.text();
      if (!found) return keep(found.error());
      all.emplace_back(*found);
    });
    return all;
  }

  /// Calls `read(MapFields&)` for each map of an array.
  template <typename Read>
  void each(std::string_view key, Read read) {
    items(key, [&](const BodyValue& item) {
      MapFields fields(item);
      read(fields);
      if (!fields.status_) keep(fields.status_.error());
    });
  }

 private:
  void keep(Error error) {
    if (status_) status_ = std::move(error);
  }

  template <typename Get>
  typename std::invoke_result_t<Get, const BodyValue&>::value_type value(std::string_view key, Get get) {
    if (!status_) return {};
    const auto found = map_.get(key).and_then(get);
    if (found) return *found;
    keep(found.error());
    return {};
  }

  template <typename Read>
  void items(std::string_view key, Read read) {
    if (!status_) return;
    const Result<BodyValue> array = map_.get(key);
    if (!array) return keep(array.error());
    if (array->kind() != BodyValue::Kind::array) {
      return keep({Code::invalid, "body: " + std::string(key) + " must be an array"});
    }
    for (std::size_t i = 0; i < array->size() && status_; ++i) read(array->at(i));
  }

  BodyValue map_;
  Status status_;
};

}  // namespace weir::wire

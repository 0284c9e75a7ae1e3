// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "kernels/base/tensor.hpp"
#include "transport/wire/message.hpp"
#include "transport/wire/quantisation.hpp"

namespace weir {

/// Writes one msgpack map as the body of a message. Values of a map are written as key, value, key, value; the numbers
/// of entries that begin_map and begin_array announce must come. Large `bin` values are referred to, never copied.
/// Thread-compatible.
class BodyWriter {
 public:
  BodyWriter();
  ~BodyWriter();
  BodyWriter(const BodyWriter&) = delete;
  BodyWriter& operator=(const BodyWriter&) = delete;

  BodyWriter& begin_map(std::size_t entries);
  BodyWriter& begin_array(std::size_t items);
  BodyWriter& key(std::string_view name) { return text(name); }
  BodyWriter& text(std::string_view value);
  BodyWriter& integer(std::int64_t value);
  BodyWriter& natural(std::uint64_t value);
  BodyWriter& number(double value);
  BodyWriter& boolean(bool value);
  BodyWriter& nothing();

  /// A `bin` value: a copy when it is small, else a reference with its keeper.
  BodyWriter& binary(Bytes value);

  /// {"dtype": text, "shape": [n, ...], "codec": "raw", "data": bin}, before "data" "quant": [scale, zero] if its
  /// numbers stand for others. `keeper` keeps the tensor's memory alive.
  BodyWriter& tensor(const TensorView& value, std::shared_ptr<const void> keeper,
                     const std::optional<Quantisation>& quantisation = {});

  /// The finished body; the writer is empty again.
  std::shared_ptr<const Body> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir

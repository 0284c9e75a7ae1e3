// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/payload_io.hpp"
#include "transport/wire/body_reader.hpp"

namespace weir {

/// The fields of one payload in a body. Thread-safe.
class FieldReader final : public PayloadReader {
 public:
  explicit FieldReader(const BodyValue& from) : from_(from) {}

  Result<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most) const override;
  Result<double> number(std::string_view key) const override;
  Result<std::string_view> text(std::string_view key) const override;
  Result<TensorView> tensor(std::string_view key) const override;

 private:
  Result<TensorView> find_rows(std::string_view key, DType type, std::size_t columns, std::size_t most) const override;

  BodyValue from_;
};

}  // namespace weir

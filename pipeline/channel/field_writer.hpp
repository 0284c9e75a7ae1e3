// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "pipeline/payload_io.hpp"
#include "transport/wire/body_writer.hpp"

namespace weir {

/// Holds the fields of one payload until their number is known, and keeps what cannot be sent from the wire.
/// Thread-compatible.
class FieldWriter final : public PayloadWriter {
 public:
  void integer(std::string_view key, std::int64_t value) override;
  void number(std::string_view key, double value) override;
  void text(std::string_view key, std::string_view value) override;
  void tensor(std::string_view key, const TensorView& value) override;

  /// Writes the fields as one map with the payload's type, or nothing: Code::invalid tells the first that broke a rule.
  Status finish(BodyWriter& to, std::string_view type);

 private:
  using Block = std::shared_ptr<std::vector<std::uint8_t>>;
  struct Numbers {
    DType type;
    Shape shape;
    std::size_t columns = 0;  // above 0: rows, whose number is not known before the end
    Block bytes;
  };
  struct Field {
    std::string key;
    std::variant<std::int64_t, double, std::string, Numbers> value;
  };

  std::vector<std::uint8_t>& begin_rows(std::string_view key, DType type, std::size_t columns) override;
  void add(std::string_view key, decltype(Field::value) value);
  void refuse(std::string_view key, std::string_view why);

  std::vector<Field> fields_;
  Status status_;
};

}  // namespace weir

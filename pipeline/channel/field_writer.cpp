// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/field_writer.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/payload_fields.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/utf8.hpp"

namespace weir {
namespace {

constexpr std::size_t kMostFields = 255;  // the type is one more
constexpr std::size_t kLongestKey = 64;

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= kLongestKey && key != "type" && std::ranges::all_of(key, [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

}  // namespace

void FieldWriter::integer(std::string_view key, std::int64_t value) { add(key, value); }

void FieldWriter::number(std::string_view key, double value) { add(key, value); }

void FieldWriter::text(std::string_view key, std::string_view value) {
  if (value.size() > BodyLimits{}.text) return refuse(key, "is a text of more than 64 KiB");
  if (!is_utf8(value)) return refuse(key, "is a text that is not UTF-8");
  add(key, std::string(value));
}

void FieldWriter::tensor(std::string_view key, const TensorView& value) {
  const bool known = std::ranges::all_of(value.shape, [](std::int64_t extent) { return extent >= 0; });
  if (!known || (value.data == nullptr && value.bytes() > 0)) return refuse(key, "is a tensor without values");
  const auto* bytes = static_cast<const std::uint8_t*>(value.data);
  auto copy = std::make_shared<std::vector<std::uint8_t>>(bytes, bytes + value.bytes());
  add(key, Numbers{value.dtype, value.shape, 0, std::move(copy)});
}

std::vector<std::uint8_t>& FieldWriter::begin_rows(std::string_view key, DType type, std::size_t columns) {
  const auto bytes = std::make_shared<std::vector<std::uint8_t>>();
  add(key, Numbers{type, {}, columns, bytes});
  return *bytes;  // a field has it, and fields stay
}

void FieldWriter::add(std::string_view key, decltype(Field::value) value) {
  const bool twice = std::ranges::any_of(fields_, [&](const Field& field) { return field.key == key; });
  if (!is_key(key)) refuse(key, "is no key: wanted 1 to 64 letters, digits and '_', and not \"type\"");
  if (twice) refuse(key, "is written twice");
  if (fields_.size() == kMostFields) refuse(key, "is one field too many; wanted at most 255");
  fields_.push_back({std::string(key), std::move(value)});
}

void FieldWriter::refuse(std::string_view key, std::string_view why) {
  if (status_) status_ = {Code::invalid, concat("\"", fields::shown(key), "\" ", why)};
}

Status FieldWriter::finish(BodyWriter& to, std::string_view type) {
  if (!status_) return status_;
  to.begin_map(1 + fields_.size()).key("type").text(type);
  for (Field& field : fields_) {
    to.key(field.key);
    if (const auto* whole = std::get_if<std::int64_t>(&field.value)) to.integer(*whole);
    if (const auto* number = std::get_if<double>(&field.value)) to.number(*number);
    if (const auto* text = std::get_if<std::string>(&field.value)) to.text(*text);
    auto* numbers = std::get_if<Numbers>(&field.value);
    if (!numbers) continue;
    if (numbers->columns > 0) {
      const auto columns = static_cast<std::int64_t>(numbers->columns);
      const auto rows = static_cast<std::int64_t>(numbers->bytes->size() / (numbers->columns * size_of(numbers->type)));
      numbers->shape = columns == 1 ? Shape{rows} : Shape{rows, columns};
    }
    const std::uint8_t* data = numbers->bytes->data();
    to.tensor({numbers->type, numbers->shape, data}, std::move(numbers->bytes));
  }
  fields_.clear();
  return {};
}

}  // namespace weir

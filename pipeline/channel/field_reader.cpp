// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/field_reader.hpp"

#include <string>

#include "pipeline/base/concat.hpp"

namespace weir {

Result<std::int64_t> FieldReader::integer(std::string_view key, std::int64_t least, std::int64_t most) const {
  const auto value = from_.get(key).and_then([](const BodyValue& found) { return found.integer(); });
  if (!value) return fail(value.error());
  if (*value >= least && *value <= most) return *value;
  return fail(Code::invalid, concat("\"", key, "\" is ", std::to_string(*value), "; wanted ", std::to_string(least),
                                    " to ", std::to_string(most)));
}

Result<double> FieldReader::number(std::string_view key) const {
  return from_.get(key).and_then([](const BodyValue& found) { return found.number(); });
}

Result<std::string_view> FieldReader::text(std::string_view key) const {
  return from_.get(key).and_then([](const BodyValue& found) { return found.text(); });
}

Result<TensorView> FieldReader::tensor(std::string_view key) const {
  return from_.get(key).and_then([](const BodyValue& found) { return found.tensor(); });
}

Result<TensorView> FieldReader::find_rows(std::string_view key, DType type, std::size_t columns,
                                          std::size_t most) const {
  const auto found = tensor(key);
  if (!found) return found;
  const Shape& shape = found->shape;
  const bool fits = shape.rank() == (columns == 1 ? 1U : 2U) && shape[0] >= 0 &&
                    (columns == 1 || shape[1] == static_cast<std::int64_t>(columns));
  if (found->dtype != type || !fits) {
    return fail(Code::invalid,
                concat("\"", key, "\" is ", to_string(found->dtype), " ", shape.text(), "; wanted ", to_string(type),
                       " rows", columns == 1 ? std::string() : concat("x", std::to_string(columns))));
  }
  if (static_cast<std::uint64_t>(shape[0]) <= most) return found;
  return fail(Code::invalid,
              concat("\"", key, "\" has ", std::to_string(shape[0]), " rows; wanted at most ", std::to_string(most)));
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "transport/wire/body_reader.hpp"

namespace weir {
namespace {

constexpr std::array kTypes{DType::f32, DType::f16, DType::bf16, DType::i8, DType::u8, DType::i32, DType::i64};

std::optional<DType> dtype_named(std::string_view name) {
  const auto* const found =
      std::find_if(kTypes.begin(), kTypes.end(), [name](DType type) { return to_string(type) == name; });
  if (found == kTypes.end()) return {};
  return *found;
}

/// A text value of a map that must be there.
Result<std::string_view> text_at(const BodyValue& map, std::string_view key) {
  return map.get(key).and_then([](const BodyValue& value) { return value.text(); });
}

/// The extents; none negative, and their product within what a body can hold.
Result<Shape> shape_in(const BodyValue& extents, std::size_t element_bytes, const std::string& place) {
  if (extents.kind() != BodyValue::Kind::array || extents.size() > Shape::kMaxRank) {
    return fail(Code::invalid, place + ".shape must be an array of at most 8 extents");
  }
  std::array<std::int64_t, Shape::kMaxRank> values{};
  std::size_t bytes = element_bytes;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    const Result<std::uint64_t> extent = extents.at(i).natural();
    if (!extent) return fail(extent.error());
    if (*extent > kMaxBodyBytes || (*extent != 0 && bytes > kMaxBodyBytes / *extent)) {
      return fail(Code::invalid, place + ".shape is larger than any body");
    }
    bytes *= *extent;
    values[i] = static_cast<std::int64_t>(*extent);
  }
  return Shape(std::span<const std::int64_t>(values.data(), extents.size()));
}

Result<Quantisation> quantisation_in(const BodyValue& pair, const std::string& place) {
  const Result<double> scale = pair.at(0).number();
  const Result<std::int64_t> zero = pair.at(1).integer();
  if (pair.size() != 2 || !scale || !zero || !std::isfinite(*scale) || *scale <= 0) {
    return fail(Code::invalid, place + ".quant must be [scale above 0, integer zero point]");
  }
  return Quantisation{*scale, *zero};
}

}  // namespace

Result<TensorView> BodyValue::tensor() const {
  if (find("quant")) {
    return fail(Code::unsupported, place() + " is quantised; a tensor of plain numbers is wanted here");
  }
  return quantised_tensor().map([](const QuantisedTensor& tensor) { return tensor.stored; });
}

Result<QuantisedTensor> BodyValue::quantised_tensor() const {
  const Result<std::string_view> codec = text_at(*this, "codec");
  if (!codec) return fail(codec.error());
  if (*codec != "raw") return fail(Code::unsupported, place() + ".codec is not \"raw\", the only one known here");
  const Result<std::string_view> type_name = text_at(*this, "dtype");
  if (!type_name) return fail(type_name.error());
  const std::optional<DType> type = dtype_named(*type_name);
  if (!type) return fail(Code::invalid, place() + ".dtype must be one of f32, f16, bf16, i8, u8, i32, i64");

  const Result<Shape> shape =
      get("shape").and_then([&](const BodyValue& extents) { return shape_in(extents, size_of(*type), place()); });
  if (!shape) return fail(shape.error());
  const Result<std::span<const std::uint8_t>> data =
      get("data").and_then([](const BodyValue& value) { return value.binary(); });
  if (!data) return fail(data.error());
  QuantisedTensor tensor{{*type, *shape, data->data()}, {}};
  if (tensor.stored.bytes() != data->size()) {
    return fail(Code::invalid, place() + " has " + std::to_string(data->size()) + " bytes of data, " + shape->text() +
                                   " " + std::string(*type_name) + " needs " + std::to_string(tensor.stored.bytes()));
  }
  if (const std::optional<BodyValue> quant = find("quant")) {
    const Result<Quantisation> quantisation = quantisation_in(*quant, place());
    if (!quantisation) return fail(quantisation.error());
    tensor.quantisation = *quantisation;
  }
  return tensor;
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "train/common/graph/operators.hpp"

namespace weir::train {
namespace {

template <typename T>
T value_or(const OnnxNode& node, const char* name, T otherwise) {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) return otherwise;
  const T* value = std::get_if<T>(&found->second);
  return value == nullptr ? otherwise : *value;
}

}  // namespace

std::int64_t Attributes::integer(const char* name, std::int64_t otherwise) const {
  return value_or(node_, name, otherwise);
}

double Attributes::real(const char* name, double otherwise) const {
  return value_or(node_, name, static_cast<float>(otherwise));
}

std::string Attributes::text(const char* name, const char* otherwise) const {
  return value_or(node_, name, std::string(otherwise));
}

std::vector<std::int64_t> Attributes::integers(const char* name, std::vector<std::int64_t> otherwise) const {
  return value_or(node_, name, std::move(otherwise));
}

const OnnxTensor* Attributes::tensor(const char* name) const {
  const auto found = node_.attributes.find(name);
  return found == node_.attributes.end() ? nullptr : std::get_if<OnnxTensor>(&found->second);
}

std::vector<std::int64_t> integers_of(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.to(torch::kInt64).contiguous().cpu();
  const auto* data = flat.data_ptr<std::int64_t>();
  return {data, data + flat.numel()};
}

torch::Tensor to_torch(const OnnxTensor& tensor) {
  static const std::map<DType, torch::ScalarType> kTypes{{DType::f32, torch::kFloat},     {DType::f16, torch::kHalf},
                                                         {DType::bf16, torch::kBFloat16}, {DType::i8, torch::kChar},
                                                         {DType::u8, torch::kByte},       {DType::i32, torch::kInt},
                                                         {DType::i64, torch::kLong}};
  const std::vector<std::int64_t> sizes(tensor.shape.begin(), tensor.shape.end());
  auto* data = const_cast<std::byte*>(tensor.data.data());  // NOLINT: only read, then copied
  torch::Tensor out = torch::from_blob(data, sizes, torch::TensorOptions(kTypes.at(tensor.dtype))).clone();
  return tensor.dtype == DType::f16 || tensor.dtype == DType::bf16 ? out.to(torch::kFloat) : out;
}

OnnxTensor from_torch(const std::string& name, DType dtype, const torch::Tensor& tensor) {
  const auto type = dtype == DType::f16 ? torch::kHalf : dtype == DType::bf16 ? torch::kBFloat16 : tensor.scalar_type();
  const torch::Tensor dense = tensor.detach().to(torch::kCPU, type).contiguous();
  const auto* data = static_cast<const std::byte*>(dense.data_ptr());
  OnnxTensor out{name, dtype, Shape(std::span(dense.sizes().data(), dense.sizes().size())), {}};
  out.data.assign(data, data + dense.nbytes());
  return out;
}

}  // namespace weir::train

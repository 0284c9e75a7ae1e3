// SPDX-License-Identifier: Apache-2.0
#include "engine/common.hpp"

#include <algorithm>
#include <fstream>

namespace weir::engine {

namespace {

bool fits(const Shape& given, const Shape& wanted) {
  return std::equal(given.begin(), given.end(), wanted.begin(), wanted.end(),
                    [](std::int64_t have, std::int64_t want) { return want < 0 ? have > 0 : have == want; });
}

}  // namespace

Status check_inputs(std::span<const TensorView> inputs, std::span<const TensorInfo> wanted) {
  if (inputs.size() != wanted.size()) {
    return {Code::invalid,
            "network was given " + std::to_string(inputs.size()) + " inputs; it has " + std::to_string(wanted.size())};
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const TensorView& in = inputs[i];
    if (in.dtype == wanted[i].dtype && fits(in.shape, wanted[i].shape) && in.data != nullptr) continue;
    return {Code::invalid, "network input \"" + wanted[i].name + "\" was given " + std::string(to_string(in.dtype)) +
                               " " + in.shape.text() + (in.data == nullptr ? " without data" : "") + "; it takes " +
                               std::string(to_string(wanted[i].dtype)) + " " + wanted[i].shape.text()};
  }
  return {};
}

Result<Shape> resolve_shape(const std::string& model, const TensorInfo& in_file, const Shape* wanted) {
  Shape shape = in_file.shape;
  if (wanted != nullptr) {
    if (wanted->rank() != shape.rank()) {
      return fail(Code::invalid, "input \"" + in_file.name + "\" of " + model + " has shape " + shape.text() +
                                     "; the requested " + wanted->text() + " has another number of extents");
    }
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if ((*wanted)[i] >= 0) shape[i] = (*wanted)[i];
    }
  }
  for (const std::int64_t extent : shape) {
    if (extent > 0) continue;
    return fail(Code::invalid, "input \"" + in_file.name + "\" of " + model + " has no fixed size (" + shape.text() +
                                   "); give every extent that is open, for example 1x3x192x640");
  }
  return shape;
}

Status open_size(const std::string& model, Shape& shape) {
  const std::size_t rank = shape.rank();
  if (rank < 3) {
    return {Code::unsupported,
            "the first input of " + model + " has shape " + shape.text() + "; only images can have an open size"};
  }
  shape[rank - 2] = shape[rank - 1] = -1;
  return {};
}

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (colon != std::string::npos && (line.starts_with("model name") || line.starts_with("Model"))) {
      return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

std::string brief(std::string_view message) {
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.remove_suffix(1);
  const auto line = message.rfind('\n');
  if (line != std::string_view::npos) message.remove_prefix(line + 1);
  return std::string(message.substr(0, 300));
}

}  // namespace weir::engine

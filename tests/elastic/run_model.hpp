// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"
#include "engine/engine.hpp"
#include "kernels/base/random.hpp"

namespace weir::test {

/// An f32 input or output of a network.
struct Values {
  Shape shape;
  std::vector<float> data;
};

inline Values random_values(const Shape& shape, std::uint64_t seed, float low = -1, float high = 1) {
  Values values{shape, std::vector<float>(shape.elements())};
  Random random(seed);
  for (float& value : values.data) value = low + (high - low) * static_cast<float>(random.uniform());
  return values;
}

inline OnnxTensor random_tensor(const std::string& name, const Shape& shape, float low = -1, float high = 1) {
  return make_tensor<float>(name, shape, random_values(shape, derive_seed(7, name), low, high).data);
}

/// Gives every norm statistics, scales and shifts of its own, as training would.
inline void randomise_norms(OnnxModel& model, std::uint64_t seed) {
  for (const OnnxNode& node : model.nodes) {
    if (node.op != "BatchNormalization") continue;
    for (std::size_t i = 1; i < 5; ++i) {
      const auto tensor = std::ranges::find(model.initialisers, node.inputs[i], &OnnxTensor::name);
      const bool positive = i == 1 || i == 4;
      const auto drawn = random_values(tensor->shape, derive_seed(seed, tensor->name), positive ? 0.5F : -0.5F,
                                       positive ? 1.5F : 0.5F);
      *tensor = make_tensor<float>(tensor->name, tensor->shape, drawn.data);
    }
  }
}

/// All outputs of a model for its inputs, as an inference engine computes them.
inline Result<std::vector<Values>> run_model(const OnnxModel& model, const std::string& backend,
                                             const std::vector<Values>& inputs) {
  EngineOptions options;
  options.backend = backend;
  for (const Values& input : inputs) options.input_shapes.push_back(input.shape);
  auto engine = load_engine(encode_onnx(model), model.name, options);
  if (!engine) return fail(engine.error());
  auto session = (*engine)->make_session();
  if (!session) return fail(session.error());
  std::vector<TensorView> views;
  for (const Values& input : inputs) views.push_back({DType::f32, input.shape, input.data.data()});
  auto outputs = (*session)->infer(views);
  if (!outputs) return fail(outputs.error());
  std::vector<Values> results;
  for (const TensorView& view : *outputs) {
    const auto data = view.as<float>();
    results.push_back({view.shape, {data.begin(), data.end()}});
  }
  return results;
}

/// The largest difference relative to the largest value; infinite where sizes differ or a value is no number.
inline double relative_difference(const Values& a, const Values& b) {
  if (a.data.size() != b.data.size() || a.data.empty()) return std::numeric_limits<double>::infinity();
  double largest = 1e-6, difference = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i) {
    if (!std::isfinite(a.data[i]) || !std::isfinite(b.data[i])) return std::numeric_limits<double>::infinity();
    largest = std::max<double>(largest, std::abs(b.data[i]));
    difference = std::max<double>(difference, std::abs(a.data[i] - b.data[i]));
  }
  return difference / largest;
}

}  // namespace weir::test

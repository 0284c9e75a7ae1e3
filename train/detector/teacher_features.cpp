// SPDX-License-Identifier: Apache-2.0
#include "train/detector/teacher_features.hpp"

#include <algorithm>

#include "elastic/onnx_model.hpp"
#include "elastic/subgraph.hpp"

namespace weir::train {
namespace {

/// What each stride's head reads and gives, by the names in the file.
struct HeadValues {
  std::vector<std::string> score, box, objectness;
};

/// A decoupled YOLOX head ends in 1x1 convolutions with as many outputs as classes, with four, and with one, per
/// stride.
HeadValues head_values(const OnnxModel& model) {
  HeadValues values;
  for (const OnnxNode& node : model.nodes) {
    const OnnxTensor* weight = node.op == "Conv" ? model.find_initialiser(node.inputs[1]) : nullptr;
    if (weight == nullptr || weight->shape.rank() != 4 || weight->shape[2] != 1) continue;
    if (weight->shape[0] == 80) values.score.push_back(node.inputs[0]);
    if (weight->shape[0] == 4) values.box.push_back(node.inputs[0]);
    if (weight->shape[0] == 1) values.objectness.push_back(node.outputs[0]);
  }
  return values;
}

torch::Tensor copied(const TensorView& view) {
  const std::vector<std::int64_t> sizes(view.shape.begin(), view.shape.end());
  auto* data = const_cast<float*>(view.as<float>().data());  // NOLINT: only read, then copied
  return torch::from_blob(data, sizes).clone();
}

}  // namespace

Result<std::unique_ptr<FeatureTeacher>> FeatureTeacher::load(const std::filesystem::path& path, int batch, int width,
                                                             int height) {
  auto model = load_onnx(path);
  if (!model) return fail(model.error());
  const HeadValues head = head_values(*model);
  if (head.score.size() != 3 || head.box.size() != 3 || head.objectness.size() != 3) {
    return fail(Code::unsupported,
                path.string() + " has no YOLOX head with strides 8, 16 and 32; give --teacher a YOLOX model");
  }
  std::vector<std::string> outputs;
  for (const auto* group : {&head.score, &head.box, &head.objectness}) {
    outputs.insert(outputs.end(), group->begin(), group->end());
  }
  auto cut = with_outputs(std::move(*model), outputs);
  if (!cut) return fail(cut.error());
  EngineOptions options;
  options.precision = Precision::automatic;
  options.input_shapes = {{batch, 3, height, width}};
  auto teacher = std::make_unique<FeatureTeacher>();
  auto engine = load_engine(encode_onnx(*cut), path.string(), options);
  if (!engine) return fail(engine.error());
  teacher->engine_ = std::move(*engine);
  auto session = teacher->engine_->make_session();
  if (!session) return fail(session.error());
  teacher->session_ = std::move(*session);
  teacher->input_.resize(DType::f32, options.input_shapes[0]);
  return teacher;
}

Result<TeacherFeatures> FeatureTeacher::run(const std::vector<AugmentedExample>& crops) {
  const auto plane = static_cast<std::size_t>(crops.front().image.total());
  float* out = input_.as<float>().data();
  for (const AugmentedExample& crop : crops) {
    const std::uint8_t* pixel = crop.image.data;
    for (std::size_t i = 0; i < plane; ++i, pixel += 3) {
      for (std::size_t c = 0; c < 3; ++c) out[c * plane + i] = pixel[c];
    }
    out += 3 * plane;
  }
  const TensorView input = input_.view();
  auto outputs = session_->infer({&input, 1});
  if (!outputs) return fail(outputs.error());
  TeacherFeatures features;
  for (std::size_t i = 0; i < 3; ++i) {
    features.score[i] = copied((*outputs)[i]);
    features.box[i] = copied((*outputs)[i + 3]);
    features.objectness[i] = torch::sigmoid(copied((*outputs)[i + 6]));
  }
  return features;
}

}  // namespace weir::train

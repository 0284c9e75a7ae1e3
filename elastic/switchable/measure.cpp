// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/measure.hpp"

#include <algorithm>
#include <memory>

#include "elastic/switchable/symbol_cost.hpp"
#include "kernels/detect/nanodet_decode.hpp"
#include "kernels/detect/nms.hpp"
#include "kernels/detect/yolox_decode.hpp"

namespace weir {
namespace {

constexpr float kLeastScore = 0.01F;
constexpr float kNmsOverlap = 0.45F;
constexpr int kPerson = 0, kVehicle = 2;  // COCO's person and car

/// Keeps people and vehicles of COCO's classes; bus and truck become car.
void keep_road_classes(std::vector<Detection>& boxes) {
  for (Detection& box : boxes) {
    if (box.class_id == 5 || box.class_id == 7) box.class_id = kVehicle;
  }
  std::erase_if(boxes, [](const Detection& box) { return box.class_id != kPerson && box.class_id != kVehicle; });
}

std::int64_t last_extent(const TensorView& tensor) { return tensor.shape[tensor.shape.rank() - 1]; }

/// Reads boxes out of outputs, always in one and the same way.
class BoxReader {
 public:
  explicit BoxReader(const MeasureOptions& options) : options_(options) {}

  Result<std::vector<Detection>> read(std::span<const TensorView> outputs, const ImageToTensor& geometry) {
    std::vector<Detection> boxes;
    Status status;
    const int width = options_.input.width, height = options_.input.height;
    if (options_.kind == OutputKind::yolox) {
      status = decode_yolox(outputs[0], {width, height, 0, kLeastScore}, geometry, boxes);
    } else if (options_.kind == OutputKind::nanodet) {
      const auto classes = std::ranges::min(outputs, {}, last_extent);
      status = decode_nanodet(outputs, {width, height, static_cast<int>(last_extent(classes)), kLeastScore, false},
                              geometry, boxes);
    }
    if (!status) return fail(status.error());
    nms_.run(boxes, {.iou = kNmsOverlap});
    if (options_.kind == OutputKind::yolox && options_.road_classes) keep_road_classes(boxes);
    return boxes;
  }

 private:
  const MeasureOptions& options_;
  Nms nms_;
};

/// Sums for the relative error of one output over all frames.
struct OutputSums {
  double error = 0, value = 0, square = 0, count = 0;

  void add(std::span<const float> expected, std::span<const float> found) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double value_i = expected[i], error_i = found[i] - value_i;
      error += error_i * error_i;
      value += value_i;
      square += value_i * value_i;
    }
    count += static_cast<double>(expected.size());
  }
  double relative() const {
    const double variance = square - value * value / std::max(count, 1.0);
    return variance > 0 ? error / variance : 0;
  }
};

/// What is gathered of one setup.
struct Gathered {
  std::unique_ptr<SymbolCost> cost;
  double bytes = 0;
  std::vector<OutputSums> outputs;
  std::vector<AgreementFrame> frames;
};

class Measurement {
 public:
  Measurement(const SwitchableSetups& setups, const MeasureOptions& options, PreprocessPlan plan)
      : setups_(setups), options_(options), plan_(std::move(plan)), reader_(options), gathered_(setups.setups.size()) {}

  Status load(std::string_view network, std::string_view head, std::string_view tail) {
    EngineOptions engine_options;
    engine_options.threads = options_.threads;
    auto session =
        SwitchableSession::create(head, tail, setups_, options_.input.width, options_.input.height, engine_options);
    if (!session) return session.error();
    session_ = std::make_unique<SwitchableSession>(std::move(*session));
    input_.resize(DType::f32, {1, 3, options_.input.height, options_.input.width});
    engine_options.input_shapes = {input_.shape()};
    auto engine = load_engine(network, "the untouched network", engine_options);
    if (!engine) return engine.error();
    auto whole = (*engine)->make_session();
    if (!whole) return whole.error();
    whole_ = std::move(*whole);
    return {};
  }

  Status add(const ImageView& image) {
    if (Status status = plan_.run(image, input_.as<float>()); !status) return status;
    const ImageToTensor geometry = plan_.geometry(image.width, image.height);
    const TensorView input = input_.view();
    const auto expected = whole_->infer({&input, 1});
    if (!expected) return expected.error();
    auto boxes = reader_.read(*expected, geometry);
    if (!boxes) return boxes.error();
    const auto bottleneck = session_->encode(input);
    if (!bottleneck) return bottleneck.error();
    for (std::size_t s = 0; s < gathered_.size(); ++s) {
      if (Status status = add(s, *expected, *boxes, *bottleneck, geometry); !status) return status;
    }
    return {};
  }

  std::vector<SetupScore> scores(std::size_t frames) const {
    std::vector<SetupScore> scores;
    for (std::size_t s = 0; s < gathered_.size(); ++s) {
      SetupScore& score = scores.emplace_back();
      score.setup = setups_.setups[s].name;
      score.bytes = gathered_[s].bytes / static_cast<double>(frames);
      for (const OutputSums& sums : gathered_[s].outputs) score.output_error += sums.relative();
      score.output_error /= static_cast<double>(std::max<std::size_t>(gathered_[s].outputs.size(), 1));
      score.agreement = agreement(gathered_[s].frames);
    }
    return scores;
  }

 private:
  Status add(std::size_t index, std::span<const TensorView> expected, const std::vector<Detection>& boxes,
             const TensorView& bottleneck, const ImageToTensor& geometry) {
    const SwitchableSetup& setup = setups_.setups[index];
    Gathered& gathered = gathered_[index];
    quantise(bottleneck.as<float>(), setup, symbols_);
    if (!gathered.cost) {
      gathered.cost = std::make_unique<SymbolCost>(setup.channels, static_cast<int>(bottleneck.shape[2]),
                                                   static_cast<int>(bottleneck.shape[3]));
    }
    gathered.bytes += gathered.cost->add(symbols_);
    received_.resize(DType::f32, bottleneck.shape);
    dequantise(symbols_, setup, received_.as<float>());
    const auto found = session_->decode(setup, received_.view());
    if (!found) return found.error();
    gathered.outputs.resize(expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      gathered.outputs[i].add(expected[i].as<float>(), (*found)[i].as<float>());
    }
    auto found_boxes = reader_.read(*found, geometry);
    if (!found_boxes) return found_boxes.error();
    gathered.frames.push_back({boxes, std::move(*found_boxes)});
    return {};
  }

  const SwitchableSetups& setups_;
  const MeasureOptions& options_;
  PreprocessPlan plan_;
  BoxReader reader_;
  std::unique_ptr<SwitchableSession> session_;
  std::unique_ptr<Session> whole_;
  Tensor input_, received_;
  std::vector<std::int32_t> symbols_;
  std::vector<Gathered> gathered_;
};

}  // namespace

OutputKind output_kind(std::span<const TensorInfo> outputs) {
  const auto named = [&](std::string_view start) {
    return std::ranges::any_of(outputs, [&](const TensorInfo& info) { return info.name.starts_with(start); });
  };
  if (named("scores_") && named("distances_")) return OutputKind::nanodet;
  const bool rows = outputs.size() == 1 && outputs[0].shape.rank() == 3 && outputs[0].shape[2] > 5;
  return rows ? OutputKind::yolox : OutputKind::plain;
}

Result<std::vector<SetupScore>> measure_setups(std::string_view network, std::string_view head, std::string_view tail,
                                               const SwitchableSetups& setups, std::span<const ImageView> frames,
                                               const MeasureOptions& options) {
  if (frames.empty()) return fail(Code::invalid, "there is no frame to measure with");
  auto plan = PreprocessPlan::create(options.input);
  if (!plan) return fail(plan.error());
  Measurement measurement(setups, options, std::move(*plan));
  if (Status status = measurement.load(network, head, tail); !status) return fail(status.error());
  for (const ImageView& frame : frames) {
    if (Status status = measurement.add(frame); !status) return fail(status.error());
  }
  return measurement.scores(frames.size());
}

}  // namespace weir

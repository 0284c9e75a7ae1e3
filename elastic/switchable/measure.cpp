// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/measure.hpp"

#include <algorithm>
#include <memory>

#include "elastic/switchable/crossing.hpp"
#include "elastic/switchable/setup_tables.hpp"
#include "elastic/switchable/whole_network.hpp"

namespace weir {
namespace {

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
  std::string name;
  const SwitchableSetup& setup;
  std::unique_ptr<Crossing> crossing;
  std::vector<OutputSums> outputs;
  std::vector<AgreementFrame> frames;
};

class Measurement {
 public:
  Measurement(const SwitchableSetups& setups, const MeasureOptions& options) : setups_(setups), options_(options) {}

  Status load(std::string_view network, std::string_view head, std::string_view tail) {
    EngineOptions engine_options;
    engine_options.threads = options_.threads;
    auto session =
        SwitchableSession::create(head, tail, setups_, options_.input.width, options_.input.height, engine_options);
    if (!session) return session.error();
    session_ = std::make_unique<SwitchableSession>(std::move(*session));
    auto whole = WholeNetwork::load(network, options_);
    if (!whole) return whole.error();
    whole_ = std::move(*whole);
    return prepare_crossings();
  }

  Status add(const ImageView& image) {
    const auto input = whole_->prepare(image);
    if (!input) return input.error();
    const auto expected = whole_->infer(*input);
    if (!expected) return expected.error();
    const auto boxes = whole_->boxes(*expected);
    if (!boxes) return boxes.error();
    const auto bottleneck = session_->encode(*input);
    if (!bottleneck) return bottleneck.error();
    for (std::size_t s = 0; s < gathered_.size(); ++s) {
      if (Status status = add(s, *expected, *boxes, *bottleneck); !status) return status;
    }
    return {};
  }

  std::vector<SetupScore> scores(std::size_t frames) {
    std::vector<SetupScore> scores;
    for (std::size_t s = 0; s < gathered_.size(); ++s) {
      SetupScore& score = scores.emplace_back();
      score.setup = gathered_[s].name;
      score.bytes = gathered_[s].crossing->bytes() / static_cast<double>(frames);
      for (const OutputSums& sums : gathered_[s].outputs) score.output_error += sums.relative();
      score.output_error /= static_cast<double>(std::max<std::size_t>(gathered_[s].outputs.size(), 1));
      score.agreement = agreement(gathered_[s].frames);
      score.frames = std::move(gathered_[s].frames);
    }
    return scores;
  }

 private:
  /// One for each rung of the tables, else one for each setup.
  Status prepare_crossings() {
    if (options_.tables == nullptr) {
      for (const SwitchableSetup& setup : setups_.setups) {
        gathered_.push_back({setup.name, setup, std::make_unique<Crossing>(setup, 0, nullptr), {}, {}});
      }
      return {};
    }
    const auto of_rungs = setups_of_rungs(*options_.tables, setups_);
    if (!of_rungs) return of_rungs.error();
    for (std::size_t r = 0; r < of_rungs->size(); ++r) {
      const SwitchableSetup& setup = setups_.setups[(*of_rungs)[r]];
      gathered_.push_back(
          {options_.tables->rungs()[r].name, setup, std::make_unique<Crossing>(setup, r, options_.tables), {}, {}});
    }
    return {};
  }

  Status add(std::size_t index, std::span<const TensorView> expected, const std::vector<Detection>& boxes,
             const TensorView& bottleneck) {
    Gathered& gathered = gathered_[index];
    const auto received = gathered.crossing->send(bottleneck);
    if (!received) return received.error();
    const auto found = session_->decode(gathered.setup, *received);
    if (!found) return found.error();
    gathered.outputs.resize(expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      gathered.outputs[i].add(expected[i].as<float>(), (*found)[i].as<float>());
    }
    auto found_boxes = whole_->boxes(*found);
    if (!found_boxes) return found_boxes.error();
    gathered.frames.push_back({boxes, std::move(*found_boxes)});
    return {};
  }

  const SwitchableSetups& setups_;
  const MeasureOptions& options_;
  std::unique_ptr<SwitchableSession> session_;
  std::unique_ptr<WholeNetwork> whole_;
  std::vector<Gathered> gathered_;
};

}  // namespace

Result<std::vector<SetupScore>> measure_setups(std::string_view network, std::string_view head, std::string_view tail,
                                               const SwitchableSetups& setups, std::span<const ImageView> frames,
                                               const MeasureOptions& options) {
  if (frames.empty()) return fail(Code::invalid, "there is no frame to measure with");
  Measurement measurement(setups, options);
  if (Status status = measurement.load(network, head, tail); !status) return fail(status.error());
  for (const ImageView& frame : frames) {
    if (Status status = measurement.add(frame); !status) return fail(status.error());
  }
  return measurement.scores(frames.size());
}

Result<std::vector<Tensor>> encode_frames(std::string_view head, std::span<const ImageView> frames,
                                          const MeasureOptions& options) {
  auto plan = PreprocessPlan::create(options.input);
  if (!plan) return fail(plan.error());
  Tensor input(DType::f32, {1, 3, options.input.height, options.input.width});
  EngineOptions engine_options;
  engine_options.threads = options.threads;
  engine_options.input_shapes = {input.shape()};
  auto engine = load_engine(head, "the switchable head", engine_options);
  if (!engine) return fail(engine.error());
  auto session = (*engine)->make_session();
  if (!session) return fail(session.error());
  std::vector<Tensor> bottlenecks;
  for (const ImageView& frame : frames) {
    if (Status status = plan->run(frame, input.as<float>()); !status) return fail(status.error());
    const TensorView view = input.view();
    const auto outputs = (*session)->infer({&view, 1});
    if (!outputs) return fail(outputs.error());
    Tensor& kept = bottlenecks.emplace_back(DType::f32, (*outputs)[0].shape);
    std::ranges::copy((*outputs)[0].as<float>(), kept.as<float>().begin());
  }
  return bottlenecks;
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/top1.hpp"

#include <algorithm>
#include <memory>

#include "elastic/switchable/crossing.hpp"

namespace weir {
namespace {

Status check(const LabelledImages& set) {
  if (set.images.empty()) return {Code::invalid, "there is no image to measure with"};
  if (set.images.size() == set.labels.size()) return {};
  return {Code::invalid, std::to_string(set.images.size()) + " images have " + std::to_string(set.labels.size()) +
                             " labels; wanted one for each"};
}

bool is_right(std::span<const float> scores, int label) {
  return std::ranges::max_element(scores) - scores.begin() == label;
}

/// What is gathered of one setup.
struct Gathered {
  std::unique_ptr<Crossing> crossing;
  double packed_bits = 0, right = 0;
};

class Top1 {
 public:
  Top1(const SwitchableSetups& setups, SwitchableSession session, PreprocessPlan plan)
      : setups_(setups), session_(std::move(session)), plan_(std::move(plan)) {
    for (const SwitchableSetup& setup : setups.setups) {
      gathered_.push_back({std::make_unique<Crossing>(setup, 0, nullptr)});
    }
  }

  Status add(const ImageView& image, int label, const PreprocessOptions& input) {
    input_.resize(DType::f32, {1, 3, input.height, input.width});
    if (Status status = plan_.run(image, input_.as<float>()); !status) return status;
    const auto bottleneck = session_.encode(input_.view());
    if (!bottleneck) return bottleneck.error();
    for (std::size_t s = 0; s < gathered_.size(); ++s) {
      if (Status status = add(setups_.setups[s], gathered_[s], *bottleneck, label); !status) return status;
    }
    return {};
  }

  std::vector<SetupTop1> scores(std::size_t images) const {
    const auto count = static_cast<double>(images);
    std::vector<SetupTop1> scores;
    for (std::size_t s = 0; s < gathered_.size(); ++s) {
      const Gathered& g = gathered_[s];
      scores.push_back(
          {setups_.setups[s].name, g.right / count, g.crossing->bytes() / count, g.packed_bits / 8 / count});
    }
    return scores;
  }

 private:
  Status add(const SwitchableSetup& setup, Gathered& gathered, const TensorView& bottleneck, int label) {
    const auto received = gathered.crossing->send(bottleneck);
    if (!received) return received.error();
    const Shape& shape = bottleneck.shape;
    gathered.packed_bits += static_cast<double>(setup.channels * shape[2] * shape[3] * setup.bits);
    const auto answered = session_.decode(setup, *received);
    if (!answered) return answered.error();
    gathered.right += is_right((*answered)[0].as<float>(), label) ? 1 : 0;
    return {};
  }

  const SwitchableSetups& setups_;
  SwitchableSession session_;
  PreprocessPlan plan_;
  Tensor input_;
  std::vector<Gathered> gathered_;
};

}  // namespace

Result<std::vector<SetupTop1>> measure_top1(std::string_view head, std::string_view tail,
                                            const SwitchableSetups& setups, const LabelledImages& set,
                                            const PreprocessOptions& input, int threads) {
  if (Status status = check(set); !status) return fail(status.error());
  auto plan = PreprocessPlan::create(input);
  if (!plan) return fail(plan.error());
  EngineOptions options;
  options.threads = threads;
  auto session = SwitchableSession::create(head, tail, setups, input.width, input.height, options);
  if (!session) return fail(session.error());
  Top1 top1(setups, std::move(*session), std::move(*plan));
  for (std::size_t i = 0; i < set.images.size(); ++i) {
    if (Status status = top1.add(set.images[i], set.labels[i], input); !status) return fail(status.error());
  }
  return top1.scores(set.images.size());
}

Result<double> network_top1(std::string_view network, const LabelledImages& set, const PreprocessOptions& input,
                            int threads) {
  if (Status status = check(set); !status) return fail(status.error());
  auto plan = PreprocessPlan::create(input);
  if (!plan) return fail(plan.error());
  Tensor image(DType::f32, {1, 3, input.height, input.width});
  EngineOptions options;
  options.threads = threads;
  options.input_shapes = {image.shape()};
  auto engine = load_engine(network, "the classifier", options);
  if (!engine) return fail(engine.error());
  auto session = (*engine)->make_session();
  if (!session) return fail(session.error());
  double right = 0;
  for (std::size_t i = 0; i < set.images.size(); ++i) {
    if (Status status = plan->run(set.images[i], image.as<float>()); !status) return fail(status.error());
    const TensorView view = image.view();
    const auto scores = (*session)->infer({&view, 1});
    if (!scores) return fail(scores.error());
    right += is_right((*scores)[0].as<float>(), set.labels[i]) ? 1 : 0;
  }
  return right / static_cast<double>(set.images.size());
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "bench/detection/answers.hpp"

#include <array>

#include "pipeline/payloads.hpp"

namespace weir::bench {
namespace {

Answers* current_answers = nullptr;

class AnswersStage final : public Stage {
 public:
  static constexpr In<Detections> in{"in", "the answers"};
  static constexpr std::array inputs{in.info()};

  Status open(OpenContext&) override {
    answers_ = current_answers;
    return {};
  }
  Status process(Context& cx) override {
    answers_->latency_ms.push_back(std::chrono::duration<double, std::milli>(cx.now() - cx.stamp().capture).count());
    answers_->boxes += cx.get(in)->items.size();
    return {};
  }

 private:
  Answers* answers_ = nullptr;
};

}  // namespace

void use_answers(Answers& answers) { current_answers = &answers; }

Status add_answers_stage(Registry& registry) { return registry.add<AnswersStage>("bench.answers"); }

}  // namespace weir::bench

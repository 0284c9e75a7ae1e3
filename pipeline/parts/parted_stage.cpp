// SPDX-License-Identifier: Apache-2.0
#include "pipeline/parts/parted_stage.hpp"

#include <algorithm>

namespace weir {

bool takes_frames(const PortInfo& input) {
  return std::any_of(input.types.begin(), input.types.end(),
                     [](const PayloadType* type) { return *type == kPayloadType<Frame>; });
}

std::string_view parted_obstacle(const StageInfo& whole) {
  if (whole.execution.concurrency != Concurrency::parallel) {
    return "keeps state from frame to frame, and parts of one frame come in any order";
  }
  if (whole.outputs.size() != 1) return "must have one output, whose packets are gathered";
  return {};
}

std::shared_ptr<const PartedStage> make_parted(const StageInfo& whole, std::size_t input) {
  auto made = std::make_shared<PartedStage>();
  made->whole = &whole;
  made->input = input;
  made->inputs.assign(whole.inputs.begin(), whole.inputs.end());
  made->inputs[input].types = std::span<const PayloadType* const>(detail::kTypes<Parts>);
  PortInfo output = whole.outputs.front();
  output.types = std::span<const PayloadType* const>(detail::kTypes<PartAnswers>);
  output.make_pool = [] { return std::shared_ptr<detail::PoolBase>(std::make_shared<detail::Pool<PartAnswers>>()); };
  made->outputs.push_back(output);
  made->info = whole;
  made->info.inputs = made->inputs;
  made->info.outputs = made->outputs;
  // One call at a time: each keeps the low-resolution answers for the next frame.
  made->info.execution = {.concurrency = Concurrency::serial, .blocking = whole.execution.blocking};
  return made;
}

PartAnswer unanswered(const Part& part, std::uint64_t frame) {
  const ImageView& image = part.image.get<Frame>()->image;
  PartAnswer answer;
  answer.area = part.area;
  answer.width = image.width;
  answer.height = image.height;
  answer.kind = part.kind;
  answer.frame = frame;
  return answer;
}

}  // namespace weir

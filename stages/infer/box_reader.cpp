// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/box_reader.hpp"

#include "kernels/detect/nanodet_decode.hpp"
#include "kernels/detect/yolox_decode.hpp"

namespace weir {

Status BoxReader::read(std::span<const TensorView> outputs, const NetworkInput& input, const FrameSize& frame,
                       std::vector<Detection>& boxes) {
  found_.clear();
  const int classes = static_cast<int>(options_.classes.size());
  Status status;
  if (options_.decoder == Decoder::yolox) {
    if (outputs.size() != 1) {
      return {Code::invalid, "the model has " + std::to_string(outputs.size()) + " outputs, a YOLOX head has 1"};
    }
    status =
        decode_yolox(outputs.front(), {input.width, input.height, classes, options_.score}, input.geometry, found_);
  } else {
    const NanodetOptions nanodet{input.width, input.height, classes, options_.score, logits_};
    status = decode_nanodet(outputs, nanodet, input.geometry, found_);
  }
  if (!status) return status;
  for (Detection detection : found_) {
    detection.class_id = options_.class_map[static_cast<std::size_t>(detection.class_id)];
    detection.box = clip(detection.box, static_cast<float>(frame.width), static_cast<float>(frame.height));
    if (detection.class_id >= 0 && detection.box.area() > 0) boxes.push_back(detection);
  }
  return {};
}

}  // namespace weir

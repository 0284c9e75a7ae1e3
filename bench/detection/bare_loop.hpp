// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/detect/nms.hpp"
#include "kernels/image/preprocess.hpp"
#include "pipeline/payloads.hpp"
#include "stages/ingest/image_decoder.hpp"

namespace weir::bench {

/// What both ways of detection work on: a recording and a model.
struct DetectionData {
  std::string folder;               ///< of the recording, for ingest.kitti
  std::vector<std::string> images;  ///< its files in order
  std::string model;
  int width = 640, height = 192;  ///< of the network's input
};

/// Finds KITTI tracking 0002 and YOLOX-Nano in the reference data; Code::unavailable says what is absent.
Result<DetectionData> find_detection_data();

/// The baseline: decode, preprocess, infer, decode boxes, suppress, one call after the other on one thread, as one
/// would write it for a single recording. The steps and their settings are those of ingest.kitti and infer.detector.
class BareLoop {
 public:
  static Result<std::unique_ptr<BareLoop>> create(const DetectionData& data);

  /// Reads an image into the loop's frame.
  Status decode(const std::string& file);

  /// Finds the objects in the frame read last.
  Status detect();

  const std::vector<Detection>& boxes() const { return boxes_; }

 private:
  BareLoop(PreprocessPlan plan, std::unique_ptr<Engine> engine, std::unique_ptr<Session> session, Shape shape);

  ImageDecoder decoder_;
  Frame frame_;
  PreprocessPlan plan_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  Tensor input_;
  std::vector<Detection> found_;
  std::vector<Detection> boxes_;
  Nms nms_;
};

/// The same work as a launch file, up to the detections: stages `camera` and `detect`. More stages can be appended.
std::string detection_launch(const DetectionData& data, int threads);

}  // namespace weir::bench

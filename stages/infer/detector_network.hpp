// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/detect/nms.hpp"
#include "kernels/image/preprocess.hpp"
#include "stages/infer/box_reader.hpp"
#include "stages/infer/detector_options.hpp"
#include "stages/infer/sized_engines.hpp"
#include "stages/infer/views.hpp"

namespace weir {

/// A detector's weights, compiled for single images and, where wanted, for batches; or for images of any size, one at a
/// time. Thread-safe after loading.
class DetectorNetwork {
 public:
  /// Loads the model and checks that its outputs are what the decoder reads, by running it once.
  static Result<std::unique_ptr<DetectorNetwork>> load(DetectorOptions options, int batch);

  const DetectorOptions& options() const { return options_; }
  int batch() const { return batch_; }
  Engine& single() const { return sized_ ? sized_->open() : *single_; }
  Engine* batched() const { return batched_.get(); }
  SizedEngines* sized() const { return sized_.get(); }  ///< null unless native
  bool sigmoid() const { return sigmoid_; }

 private:
  Status load_engines();
  Status load_sized();
  Status check_input(const Engine& engine) const;
  Status probe();
  Status probe(int width, int height);

  DetectorOptions options_;
  int batch_ = 1;
  std::unique_ptr<Engine> single_;       // null when native
  std::unique_ptr<Engine> batched_;      // null when batch is 1
  std::unique_ptr<SizedEngines> sized_;  // null unless native
  bool sigmoid_ = false;                 // nanodet: the file's scores are logits
};

/// One thread's workspace for a detector: pixels in, boxes out, no allocation in steady state. Thread-compatible.
class DetectorWorker {
 public:
  static Result<std::unique_ptr<DetectorWorker>> create(const DetectorNetwork& network);

  /// One view of one image, and where its boxes go.
  struct Job {
    ImageView image;  ///< the whole frame
    View view;
    std::vector<Detection>* boxes = nullptr;
    int origin_x = 0,
        origin_y = 0;  ///< native: where the image was cut from; networks see it at that place of their grid
  };

  /// Runs all jobs, in batches as full as they get; boxes are in pixels of the frame and not yet suppressed.
  Status run(const std::vector<Job>& jobs);

  /// Suppresses what was found twice.
  void suppress(std::vector<Detection>& boxes, const NmsOptions& options) { nms_.run(boxes, options); }

 private:
  DetectorWorker(const DetectorNetwork& network, PreprocessPlan plan);
  struct SizedSession {
    int width = 0, height = 0;
    std::unique_ptr<Session> session;
  };

  Status run_chunk(const Job* jobs, std::size_t count);
  Result<Session*> session_for(const Job& job);
  Status decode(std::span<const TensorView> outputs, std::size_t index, const Job& job);

  const DetectorNetwork& network_;
  PreprocessPlan plan_;
  std::unique_ptr<Session> single_;
  std::unique_ptr<Session> batched_;
  std::vector<SizedSession> sized_;
  Tensor input_;
  std::vector<TensorView> item_outputs_;
  BoxReader reader_;
  Nms nms_;
};

}  // namespace weir

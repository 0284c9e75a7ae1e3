// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernels/codec/feature_decoder.hpp"
#include "pipeline/split.hpp"
#include "stages/coding/lz4_features.hpp"
#include "stages/coding/picture_coder.hpp"
#include "stages/infer/detector_network.hpp"
#include "stages/infer/split_detector.hpp"

namespace weir {

/// The cloud's side of a split detector: the whole network for pictures, the tail for features. Thread-safe after
/// loading.
class TailNetwork {
 public:
  /// `tables`: the codec's, from load_tables; null where no features are taken.
  static Result<std::unique_ptr<TailNetwork>> load(SplitDetector split, const EngineOptions& options,
                                                   std::shared_ptr<const CodeTables> tables);

  const DetectorNetwork& whole() const { return *wholes_.front(); }
  /// The whole network for pictures of each of split().sizes, in the same order.
  const std::vector<std::unique_ptr<DetectorNetwork>>& wholes() const { return wholes_; }
  const SplitDetector& split() const { return split_; }
  Engine* tail() const { return tail_.get(); }  ///< null without a seam
  /// The tails of split().others, in the same order.
  const std::vector<std::unique_ptr<Engine>>& others() const { return others_; }
  const std::shared_ptr<const CodeTables>& tables() const { return tables_; }  ///< null where no features are taken
  /// The setup that a rung of the tables sends a switchable bottleneck in; null where the network is cut as it is.
  const SwitchableSetup* setup_of(std::size_t rung) const;

 private:
  Status load_wholes();
  Status load_others(const EngineOptions& options);

  SplitDetector split_;
  std::vector<std::unique_ptr<DetectorNetwork>> wholes_;
  std::unique_ptr<Engine> tail_;
  std::vector<std::unique_ptr<Engine>> others_;
  std::shared_ptr<const CodeTables> tables_;
  std::vector<std::size_t> rung_setups_;  // of each rung of the tables, the place of its setup in split_.setups
};

/// What one stream needs to be decoded and searched. Bound to one thread at a time.
class TailStream {
 public:
  static Result<std::unique_ptr<TailStream>> create(const TailNetwork& network);

  /// Appends the boxes of a frame, in its pixels, without those that others of their class cover by `nms`.
  /// Code::corrupt and Code::invalid for what does not fit this network or its tables, Code::unavailable for what
  /// refers to a frame that did not come; the next one is not affected.
  Status detect(const CodedFrame& code, const NmsOptions& nms, std::vector<Detection>& boxes);

  /// The same for a tensor at the seam that is at hand, or at another of the cuts (0: the seam, 1: the first of
  /// split().others); needs a seam. A switchable bottleneck is read in the setup of the tables' first rung, without
  /// tables in the richest setup.
  Status detect(const TensorView& features, const FrameSize& frame, const NmsOptions& nms,
                std::vector<Detection>& boxes, std::size_t cut = 0);

 private:
  /// One of split().others.
  struct OtherTail {
    std::uint64_t hash = 0;
    std::unique_ptr<Session> session;
    Lz4FeatureDecoder lz4;
  };

  explicit TailStream(const TailNetwork& network);

  Status add_others();
  Status warm_up_tail();
  void warm_up_pictures();
  void warm_up_picture(RungKind kind, const PictureSize& size);
  DetectorWorker* worker_for(const CodedFrame& code) const;
  Status detect_picture(const CodedFrame& code, DetectorWorker& worker, std::vector<Detection>& boxes);
  Status detect_features(const CodedFrame& code, std::vector<Detection>& boxes);
  Status detect_lz4(const CodedFrame& code, std::vector<Detection>& boxes);
  Status run_other(OtherTail& other, const TensorView& features, const FrameSize& frame, std::vector<Detection>& boxes);
  OtherTail* other_tail_for(std::span<const std::uint8_t> message);
  Result<std::span<const TensorView>> infer_tail(const TensorView& features, std::size_t rung);
  Status run_tail(const TensorView& features, std::size_t rung, const FrameSize& frame, std::vector<Detection>& boxes);
  Status read(std::span<const TensorView> outputs, const FrameSize& frame, std::vector<Detection>& boxes);

  const TailNetwork& network_;
  std::vector<std::unique_ptr<DetectorWorker>> workers_;  // one for each of the network's sizes
  PictureDecoder pictures_;
  Frame picture_;
  std::unique_ptr<Session> tail_;
  BoxReader reader_;
  std::optional<FeatureDecoder> features_;
  std::optional<Lz4FeatureDecoder> lz4_;
  std::vector<OtherTail> others_;
  Tensor tensor_;
};

}  // namespace weir

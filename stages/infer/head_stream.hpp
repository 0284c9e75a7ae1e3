// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "kernels/codec/feature_encoder.hpp"
#include "kernels/image/preprocess.hpp"
#include "pipeline/link_monitor.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/split.hpp"
#include "stages/coding/lz4_features.hpp"
#include "stages/coding/picture_coder.hpp"
#include "stages/infer/split_detector.hpp"

namespace weir {

/// The head of a split detector, compiled for one image; and what all streams share of the codec. Thread-safe after
/// loading.
class HeadNetwork {
 public:
  /// `split` must live longer. `tables`: the codec's, from load_tables; null where no features are sent. Without a
  /// seam there is no engine.
  static Result<std::unique_ptr<HeadNetwork>> load(const SplitDetector& split, const EngineOptions& options,
                                                   std::shared_ptr<const CodeTables> tables);

  const SplitDetector& split() const { return split_; }
  Engine* engine() const { return engine_.get(); }  ///< null without a seam
  /// The heads of split().others, in the same order.
  const std::vector<std::unique_ptr<Engine>>& others() const { return others_; }
  const std::shared_ptr<const CodeTables>& tables() const { return tables_; }  ///< null where no features are sent

 private:
  explicit HeadNetwork(const SplitDetector& split) : split_(split) {}

  const SplitDetector& split_;
  std::unique_ptr<Engine> engine_;
  std::vector<std::unique_ptr<Engine>> others_;
  std::shared_ptr<const CodeTables> tables_;
};

/// What one stream needs to be encoded: a session, and the state of the codecs. Bound to one thread at a time.
class HeadStream {
 public:
  static Result<std::unique_ptr<HeadStream>> create(const HeadNetwork& network, StreamId stream);

  /// Starts the codecs of all rungs and runs the network once, so that no frame has to wait for it.
  Status warm_up(const Ladder& ladder);

  /// Takes in which frames have been answered since the last call, and which are lost.
  void learn(const LinkMonitor& link);

  /// The tensor at the seam for an image, or at another of the cuts (0: the seam, 1: the first of split().others);
  /// borrowed until the next call. Needs a seam.
  Result<TensorView> features(const ImageView& image, std::size_t cut = 0);

  /// What is sent of one frame.
  struct Job {
    ImageView image;
    std::uint64_t frame = 0;
    const Regions* regions = nullptr;  ///< pictures are grey outside these; null: nowhere
  };

  /// Fills `code` with what crosses for a frame.
  Status encode(const Job& job, const Setup& setup, CodedFrame& code);

 private:
  /// Pictures of one size on their way out.
  struct Pictures {
    PreprocessPlan plan;
    PictureEncoder encoder;
  };

  /// One place where the network is cut, and what is sent from there in LZ4.
  struct Cut {
    std::unique_ptr<Session> session;
    Lz4FeatureEncoder lz4;
  };

  HeadStream(const HeadNetwork& network, StreamId stream, PreprocessPlan tensor);

  Pictures* pictures_of(int width, int height);
  Status other_size(int width, int height) const;
  Status warm_up(const Rung& rung, std::vector<std::uint8_t>& bytes);
  void pictures_lost();
  Status encode_picture(const Job& job, const Setup& setup, std::vector<std::uint8_t>& out);
  Status encode_features(const Job& job, const Setup& setup, std::vector<std::uint8_t>& out);
  Status encode_lz4(const Job& job, const Setup& setup, std::vector<std::uint8_t>& out);
  Status add_cut(Engine& engine, std::uint64_t hash);
  void keep_regions(const Job& job, const PreprocessPlan& plan);
  void cut(CodedFrame& code);

  const HeadNetwork& network_;
  const StreamId stream_;
  PreprocessPlan tensor_;
  std::vector<std::uint8_t> pixels_, kept_;
  std::vector<Pictures> pictures_;  ///< one for each of the network's sizes
  std::vector<Cut> cuts_;           ///< the seam, then the others; none without a seam
  Tensor input_;
  std::optional<FeatureEncoder> features_;
  std::int32_t worker_ = -1;  ///< that has the tensors which features may refer to
  std::vector<std::size_t> slice_ends_;
  std::uint64_t position_ = 0;
  std::vector<Exchange> exchanges_;
};

}  // namespace weir

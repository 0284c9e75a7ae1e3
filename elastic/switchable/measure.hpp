// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elastic/switchable/session.hpp"
#include "kernels/codec/code_tables.hpp"
#include "kernels/eval/agreement.hpp"
#include "kernels/image/image_view.hpp"
#include "kernels/image/preprocess.hpp"

namespace weir {

/// How the outputs of a network are read.
enum class OutputKind {
  plain,    ///< as numbers
  yolox,    ///< boxes, by decode_yolox; COCO's classes
  nanodet,  ///< boxes, by decode_nanodet; scores in [0, 1]
};

/// What a network's outputs look like: nanodet for pairs "scores_8", "distances_8" and so on, yolox for one tensor of
/// rank 3 named in no such way with more than 5 values a row, else plain.
OutputKind output_kind(std::span<const TensorInfo> outputs);

struct MeasureOptions {
  PreprocessOptions input;  ///< size and form of what the network sees; sides are multiples of 32
  OutputKind kind = OutputKind::plain;
  bool road_classes = true;  ///< yolox: only person, and car, bus and truck as one class, count
  int threads = 1;
  /// The codec's tables for the setups (setup_tables.hpp): bytes are those of messages, each one decoded and
  /// acknowledged before the next. Null: SymbolCost estimates them.
  std::shared_ptr<const CodeTables> tables;
};

/// What one setup, or one rung of the tables, costs, and how far its answers are those of the untouched network.
struct SetupScore {
  std::string setup;                   ///< its name, or with tables the rung's
  double bytes = 0;                    ///< of a frame, mean over the frames in their order
  double output_error = 0;             ///< squared error of the outputs / their variance, the mean over outputs
  AgreementScore agreement;            ///< of boxes; empty for OutputKind::plain
  std::vector<AgreementFrame> frames;  ///< what agreement is of, boxes in pixels of the frames
};

/// Runs the untouched network, and head and tail in every setup, frame by frame at batch 1, by the engine.
///
/// The three models are bytes of ONNX files. Errors: those of load_engine and of the decoders; Code::invalid when there
/// is no frame.
Result<std::vector<SetupScore>> measure_setups(std::string_view network, std::string_view head, std::string_view tail,
                                               const SwitchableSetups& setups, std::span<const ImageView> frames,
                                               const MeasureOptions& options);

/// The bottlenecks of frames, as setup_tables takes them.
Result<std::vector<Tensor>> encode_frames(std::string_view head, std::span<const ImageView> frames,
                                          const MeasureOptions& options);

}  // namespace weir

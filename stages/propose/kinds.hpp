// SPDX-License-Identifier: Apache-2.0
// The kinds of propose.*: what each says of itself, and how its predictor is made.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "kernels/base/status.hpp"
#include "kernels/predict/predictor.hpp"

namespace weir::propose {

/// Makes a predictor for a stream.
using MakePredictor = std::function<std::unique_ptr<BoxPredictor>()>;

struct Lstm {
  static constexpr std::string_view name = "propose.lstm";
  static constexpr std::string_view summary =
      "Predicts where tracked objects will be: a recurrent network on top of their last velocity, 1 to 5 frames ahead.";
  static constexpr std::string_view weights = "models/proposals/weir_proposals.lstm";
  static constexpr bool camera_motion = true;
  static Result<MakePredictor> load(const std::string& bytes);
};

struct Attention {
  static constexpr std::string_view name = "propose.attention";
  static constexpr std::string_view summary =
      "Predicts where tracked objects will be: as propose.lstm, with attention over the states of the last boxes.";
  static constexpr std::string_view weights = "models/proposals/weir_proposals.attention";
  static constexpr bool camera_motion = true;
  static Result<MakePredictor> load(const std::string& bytes);
};

struct ElfLstm {
  static constexpr std::string_view name = "propose.elf_lstm";
  static constexpr std::string_view summary =
      "Predicts where tracked objects will be as Elf's LSTM does, in coordinates of the frame, for comparison.";
  static constexpr std::string_view weights = "models/proposals/weir_proposals.elf_lstm";
  static constexpr bool camera_motion = false;
  static Result<MakePredictor> load(const std::string& bytes);
};

struct ElfAttention {
  static constexpr std::string_view name = "propose.elf_attention";
  static constexpr std::string_view summary =
      "Predicts where tracked objects will be as Elf's attention-LSTM does, in coordinates of the frame, for "
      "comparison.";
  static constexpr std::string_view weights = "models/proposals/weir_proposals.elf_attention";
  static constexpr bool camera_motion = false;
  static Result<MakePredictor> load(const std::string& bytes);
};

struct Autoregressive {
  static constexpr std::string_view name = "propose.autoregressive";
  static constexpr std::string_view summary =
      "Predicts where tracked objects will be: a linear function of their last five changes.";
  static constexpr std::string_view weights = "models/proposals/weir_proposals.autoregressive";
  static constexpr bool camera_motion = true;
  static Result<MakePredictor> load(const std::string& bytes);
};

struct Velocity {
  static constexpr std::string_view name = "propose.velocity";
  static constexpr std::string_view summary =
      "Predicts where tracked objects will be: they go on as in the last frame.";
  static constexpr std::string_view weights = "";  // it has none
  static constexpr bool camera_motion = false;
  static Result<MakePredictor> load(const std::string&);
};

struct Copy {
  static constexpr std::string_view name = "propose.copy";
  static constexpr std::string_view summary = "Expects tracked objects where they were last seen, for comparison.";
  static constexpr std::string_view weights = "";
  static constexpr bool camera_motion = false;
  static Result<MakePredictor> load(const std::string&);
};

}  // namespace weir::propose

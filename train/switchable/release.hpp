// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "elastic/switchable/measure.hpp"
#include "train/common/data/example.hpp"
#include "train/switchable/switchable.hpp"

namespace weir::train {

/// Runs the models on whole frames, stretched to the options' input, by the engine.
Result<std::vector<SetupScore>> measure_models(const OnnxModel& network, const SwitchableModels& models,
                                               std::span<const Example> frames, const MeasureOptions& options);

/// The mean over setups of the agreement of boxes, or of 1 - the outputs' relative error.
double mean_score(const std::vector<SetupScore>& scores, OutputKind kind);

/// A table of what each setup costs and keeps, one line a setup.
std::string score_table(const std::vector<SetupScore>& scores, OutputKind kind);

/// Writes FOLDER/NAME_head.onnx, NAME_tail.onnx, each with its .sha256, and NAME_setups.json. Code::io names the path.
Status write_models(const SwitchableModels& models, const std::filesystem::path& folder, const std::string& name);

/// Writes what was put into the network at the seam, without its own weights: FOLDER/NAME.encoder.onnx and
/// NAME.decoder.onnx. Code::io names the path, Code::not_found a seam that head or tail does not have.
Status write_bottleneck(const SwitchableModels& models, const std::filesystem::path& folder, const std::string& name);

}  // namespace weir::train

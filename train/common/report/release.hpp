// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "elastic/onnx_model.hpp"
#include "train/common/graph/onnx_net.hpp"
#include "train/common/loop/curves.hpp"
#include "train/common/report/model_card.hpp"
#include "train/common/report/plot.hpp"

namespace weir::train {

/// A model as it was written, and read back: what is measured with it holds for the file.
struct WrittenModel {
  std::filesystem::path file;
  OnnxModel model;
  OnnxNet net;
};

/// Writes a trained image network as users run it: norms and branches fused, input `image` from 0 to 255 instead of 0
/// to 1, weights stored as f16; FILE.sha256 goes beside it.
Result<WrittenModel> write_model(const OnnxModel& trained, const std::filesystem::path& file);

/// "0.63 M" of parameters and "42.3 M" multiply-accumulates of a model for one input of this size.
std::vector<std::pair<std::string, std::string>> network_facts(const OnnxModel& model, const Shape& input);

/// The named curves of a training, for plot_curves; those that are not there are left out.
Plot curves_plot(const std::string& title, const std::string& y_label, const Curves& curves,
                 const std::vector<std::string>& names);

/// Draws `plots` to NAME.png and writes NAME.md, both beside the model; adds model and chart to the card's files.
Status write_documents(const WrittenModel& model, const std::vector<Plot>& plots, ModelCard card);

}  // namespace weir::train

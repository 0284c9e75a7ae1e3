// SPDX-License-Identifier: Apache-2.0
#include "train/common/report/release.hpp"

#include <array>
#include <cstdio>

#include "elastic/fuse.hpp"
#include "elastic/half_weights.hpp"
#include "elastic/model_report.hpp"

namespace weir::train {
namespace {

std::string millions(std::int64_t count) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f M", static_cast<double>(count) * 1e-6);
  return text.data();
}

std::filesystem::path beside(const std::filesystem::path& file, const char* extension) {
  return std::filesystem::path(file).replace_extension(extension);
}

}  // namespace

Result<WrittenModel> write_model(const OnnxModel& trained, const std::filesystem::path& file) {
  if (trained.inputs.empty()) return fail(Code::invalid, "model " + file.string() + " has no input");
  Result<OnnxModel> fused = fuse_branches(trained);
  if (!fused) return fail(fused.error());
  Result<OnnxModel> scaled = scale_input(std::move(*fused), trained.inputs[0].name, 1.0F / 255);
  if (!scaled) return fail(scaled.error());
  store_half(*scaled);
  std::error_code ignored;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), ignored);
  if (Status status = save_onnx(*scaled, file); !status) return fail(status.error());
  if (Status status = write_sha256(file); !status) return fail(status.error());

  Result<OnnxModel> model = load_onnx(file);
  if (!model) return fail(model.error());
  Result<OnnxNet> net = OnnxNet::create(*model);
  if (!net) return fail(net.error());
  return WrittenModel{file, std::move(*model), std::move(*net)};
}

std::vector<std::pair<std::string, std::string>> network_facts(const OnnxModel& model, const Shape& input) {
  const Result<ModelReport> report = inspect_model(model, {input});
  if (!report) return {};
  return {{"Parameters", millions(report->parameters)}, {"Multiply-accumulates per image", millions(report->macs)}};
}

Plot curves_plot(const std::string& title, const std::string& y_label, const Curves& curves,
                 const std::vector<std::string>& names) {
  Plot plot{title, "step", y_label, {}};
  for (const std::string& name : names) {
    if (const auto found = curves.find(name); found != curves.end()) plot.series.push_back({name, found->second});
  }
  return plot;
}

Status write_documents(const WrittenModel& model, const std::vector<Plot>& plots, ModelCard card) {
  card.curves = beside(model.file, ".png");
  if (Status status = plot_curves(card.curves, plots); !status) return status;
  card.files.push_back({model.file, "weights (f16, computed in f32), ONNX opset 11"});
  card.files.push_back({card.curves, "training curves"});
  return write_model_card(beside(model.file, ".md"), card);
}

}  // namespace weir::train

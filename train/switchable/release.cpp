// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/release.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "elastic/split.hpp"
#include "train/common/report/model_card.hpp"

namespace weir::train {
namespace {

ImageView view_of_image(const cv::Mat& image) {
  return {image.data, image.cols, image.rows, static_cast<std::ptrdiff_t>(image.step), PixelFormat::bgr8};
}

double score_of(const SetupScore& score, OutputKind kind) {
  return kind == OutputKind::plain ? 1 - score.output_error : score.agreement.average_precision;
}

}  // namespace

Result<std::vector<SetupScore>> measure_models(const OnnxModel& network, const SwitchableModels& models,
                                               std::span<const Example> frames, const MeasureOptions& options) {
  std::vector<ImageView> views;
  for (const Example& frame : frames) views.push_back(view_of_image(frame.image));
  return measure_setups(encode_onnx(network), encode_onnx(models.head), encode_onnx(models.tail), models.setups, views,
                        options);
}

double mean_score(const std::vector<SetupScore>& scores, OutputKind kind) {
  double sum = 0;
  for (const SetupScore& score : scores) sum += score_of(score, kind);
  return sum / static_cast<double>(std::max<std::size_t>(scores.size(), 1));
}

std::string score_table(const std::vector<SetupScore>& scores, OutputKind kind) {
  std::string table =
      "setup     bytes  " + std::string(kind == OutputKind::plain ? "" : "AP      ") + "error of outputs\n";
  for (const SetupScore& score : scores) {
    std::array<char, 96> line{};
    std::snprintf(line.data(), line.size(), "%-7s %7.0f  ", score.setup.c_str(), score.bytes);
    table += line.data();
    if (kind != OutputKind::plain) {
      std::snprintf(line.data(), line.size(), "%.4f  ", score.agreement.average_precision);
      table += line.data();
    }
    std::snprintf(line.data(), line.size(), "%.5f\n", score.output_error);
    table += line.data();
  }
  if (kind != OutputKind::plain && !scores.empty()) {
    table += std::to_string(scores.front().agreement.expected) + " expected boxes\n";
  }
  return table;
}

Status write_bottleneck(const SwitchableModels& models, const std::filesystem::path& folder, const std::string& name) {
  const auto head = split_model(models.head, {models.setups.seam});
  if (!head) return head.error();
  const auto tail = split_model(models.tail, {models.setups.seam});
  if (!tail) return tail.error();
  if (Status status = save_onnx(head->tail, folder / (name + ".encoder.onnx")); !status) return status;
  return save_onnx(tail->head, folder / (name + ".decoder.onnx"));
}

Status write_models(const SwitchableModels& models, const std::filesystem::path& folder, const std::string& name) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  for (const auto& [model, part] : {std::pair{&models.head, "_head.onnx"}, std::pair{&models.tail, "_tail.onnx"}}) {
    const std::filesystem::path file = folder / (name + part);
    if (Status status = save_onnx(*model, file); !status) return status;
    if (Status status = write_sha256(file); !status) return status;
  }
  return save_setups(models.setups, folder / (name + "_setups.json"));
}

}  // namespace weir::train

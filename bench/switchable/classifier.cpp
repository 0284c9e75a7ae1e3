// SPDX-License-Identifier: Apache-2.0
#include "bench/switchable/classifier.hpp"

#include <algorithm>
#include <filesystem>

#include "bench/common/machine.hpp"
#include "elastic/switchable/pair.hpp"
#include "elastic/switchable/top1.hpp"
#include "train/common/data/image_tar.hpp"

namespace weir::bench {
namespace {

/// The test images, ready for the engine.
class TestImages {
 public:
  static Result<TestImages> read(std::size_t most) {
    const std::string file = data_path("cifar10/test.tar");
    if (file.empty()) return fail(Code::unavailable, "CIFAR-10's test images are absent; set WEIR_DATA");
    train::ReadReport report;
    auto set = train::read_image_tar(file, report);
    if (!set) return fail(set.error());
    TestImages images;
    images.set_ = std::move(*set);
    const std::size_t step = std::max<std::size_t>(images.set_.size() / most, 1);  // every class is among a few
    const train::ImageSet& from = images.set_;
    for (std::size_t i = 0; i < from.size(); i += step) {
      images.views_.push_back({from.image(i), from.width, from.height, from.width * 3, PixelFormat::bgr8});
      images.labels_.push_back(from.labels[i]);
    }
    images.input_.width = from.width;
    images.input_.height = from.height;
    return images;
  }

  LabelledImages all() const { return {views_, labels_}; }
  const PreprocessOptions& input() const { return input_; }

 private:
  train::ImageSet set_;
  std::vector<ImageView> views_;
  std::vector<int> labels_;
  PreprocessOptions input_;
};

const std::string& folder() {
  static const std::string path = std::string(WEIR_SOURCE_DIR) + "/models/slimmable/";
  return path;
}

/// The pair called `name` that was made of `network`, all setups of it.
Result<std::vector<SetupTop1>> score_pair(const std::string& name, const OnnxModel& network, const TestImages& images) {
  const auto pair = load_switchable_pair(folder() + name, network);
  if (!pair) return fail(pair.error());
  return measure_top1(encode_onnx(pair->head), encode_onnx(pair->tail), pair->setups, images.all(), images.input());
}

/// The setups that a network was trained alone for, by its files' names.
std::vector<std::string> setups_alone() {
  constexpr std::string_view kBefore = "single_", kBehind = "_setups.json";
  std::vector<std::string> setups;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kBefore) || !name.ends_with(kBehind)) continue;
    setups.push_back(name.substr(kBefore.size(), name.size() - kBefore.size() - kBehind.size()));
  }
  std::ranges::sort(setups);
  return setups;
}

}  // namespace

Result<ClassifierScores> score_classifier(std::size_t most) {
  if (!std::filesystem::exists(folder() + "weir_slimmable_setups.json")) {
    return fail(Code::unavailable, "models/slimmable is absent");
  }
  const auto images = TestImages::read(most);
  if (!images) return fail(images.error());
  const auto network = load_onnx(folder() + "weir_mobilenet.onnx");
  if (!network) return fail(network.error());
  const auto untouched = network_top1(encode_onnx(*network), images->all(), images->input());
  if (!untouched) return fail(untouched.error());
  const auto with_norms = load_onnx(folder() + "weir_mobilenet_norms.onnx");
  if (!with_norms) return fail(with_norms.error());
  const auto grid = score_pair("weir_slimmable", *with_norms, *images);
  if (!grid) return fail(grid.error());
  ClassifierScores scores;
  scores.untouched = 100 * *untouched;
  for (const SetupTop1& setup : *grid) scores.grid.push_back({setup.setup, setup.bytes, 100 * setup.top1});
  for (const std::string& name : setups_alone()) {
    const auto shared = std::ranges::find(scores.grid, name, &ClassifierPoint::setup);
    if (shared == scores.grid.end()) continue;
    const auto alone = score_pair("single_" + name, *with_norms, *images);
    if (!alone) return fail(alone.error());
    scores.gaps.push_back({name, shared->top1, 100 * alone->front().top1});
  }
  return scores;
}

}  // namespace weir::bench

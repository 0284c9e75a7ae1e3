// SPDX-License-Identifier: Apache-2.0
#include "bench/codec/feature_sets.hpp"

#include <algorithm>
#include <filesystem>

#include "bench/common/machine.hpp"
#include "pipeline/payloads.hpp"
#include "stages/ingest/image_decoder.hpp"

namespace weir::bench {
namespace {

constexpr float kTruthScore = 0.4F;
constexpr float kOverlap = 0.5F;
constexpr int kRecalls = 40;

struct Found {
  float score;
  std::size_t frame;
  Box box;
};

/// Whether each found box, best first, takes an expected one.
std::vector<bool> match(std::vector<Found> found, const std::vector<std::vector<Box>>& expected) {
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.score > b.score; });
  std::vector<std::vector<bool>> taken(expected.size());
  for (std::size_t f = 0; f < expected.size(); ++f) taken[f].resize(expected[f].size());
  std::vector<bool> hits;
  for (const Found& one : found) {
    std::size_t best = expected[one.frame].size();
    float most = kOverlap;
    for (std::size_t i = 0; i < expected[one.frame].size(); ++i) {
      const float overlap = iou(one.box, expected[one.frame][i]);
      if (!taken[one.frame][i] && overlap >= most) most = overlap, best = i;
    }
    hits.push_back(best < expected[one.frame].size());
    if (hits.back()) taken[one.frame][best] = true;
  }
  return hits;
}

double precision_at_recalls(const std::vector<bool>& hits, std::size_t expected) {
  std::vector<double> at_recall(kRecalls, 0);
  double good = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    good += hits[i] ? 1 : 0;
    const auto reached = static_cast<std::size_t>(good * kRecalls / static_cast<double>(expected) + 1e-9);
    for (std::size_t r = 0; r < reached; ++r) {
      at_recall[r] = std::max(at_recall[r], good / static_cast<double>(i + 1));
    }
  }
  double sum = 0;
  for (const double p : at_recall) sum += p;
  return sum / kRecalls;
}

}  // namespace

std::vector<TensorView> FeatureSet::views() const {
  std::vector<TensorView> all;
  for (const Tensor& t : tensors) all.push_back(t.view());
  return all;
}

Result<FeatureSet> read_feature_set(SeamNetwork& network, const std::string& folder, std::size_t most) {
  const std::string path = data_path(folder);
  if (path.empty()) return fail(Code::unavailable, folder + " is absent from the reference data; set WEIR_DATA");
  FeatureSet set;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_regular_file()) set.files.push_back(entry.path().string());
  }
  std::sort(set.files.begin(), set.files.end());
  set.files.resize(std::min(set.files.size(), most));
  ImageDecoder decoder;
  Frame frame;
  for (const std::string& file : set.files) {
    if (Status s = decoder.read(file, frame); !s) return fail(s.error());
    auto tensor = network.features(frame.image);
    if (!tensor) return fail(tensor.error());
    auto boxes = network.detect(tensor->view());
    if (!boxes) return fail(boxes.error());
    set.tensors.push_back(*std::move(tensor));
    set.boxes.push_back(*std::move(boxes));
  }
  return set;
}

double agreement(const std::vector<std::vector<Detection>>& found,
                 const std::vector<std::vector<Detection>>& expected) {
  double sum = 0, all = 0;
  for (const Kind kind : {Kind::person, Kind::vehicle}) {
    std::vector<std::vector<Box>> truth(expected.size());
    std::vector<Found> boxes;
    std::size_t count = 0;
    for (std::size_t f = 0; f < expected.size(); ++f) {
      for (const Detection& d : expected[f]) {
        if (d.class_id == static_cast<std::int32_t>(kind) && d.score >= kTruthScore) truth[f].push_back(d.box);
      }
      for (const Detection& d : found[f]) {
        if (d.class_id == static_cast<std::int32_t>(kind)) boxes.push_back({d.score, f, d.box});
      }
      count += truth[f].size();
    }
    if (count == 0) continue;
    sum += static_cast<double>(count) * precision_at_recalls(match(std::move(boxes), truth), count);
    all += static_cast<double>(count);
  }
  return all > 0 ? sum / all : 0;
}

}  // namespace weir::bench

// SPDX-License-Identifier: Apache-2.0
#include "train/detector/assign.hpp"

#include <algorithm>
#include <cmath>

#include "train/detector/net.hpp"

namespace weir::train {
namespace {

struct Candidate {
  std::size_t cell = 0;
  float overlap = 0;
  double merit = 0;
};

bool inside(const Cell& cell, const Box& box) {
  return cell.x > box.left && cell.x < box.right && cell.y > box.top && cell.y < box.bottom;
}

bool within_reach(const Cell& cell, const Box& box, float reach) {
  const float longest = std::max({cell.x - box.left, box.right - cell.x, cell.y - box.top, box.bottom - cell.y});
  return longest < reach * cell.stride;
}

/// The cells that may learn an object. A tiny one that holds no cell's centre gets the nearest cell of the finest
/// stride.
std::vector<std::size_t> eligible(std::span<const Cell> cells, const Box& box, float reach) {
  std::vector<std::size_t> found;
  std::size_t nearest = 0, coarsest_nearest = 0;
  float best = 1e30F, coarsest_best = 1e30F;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    if (inside(cell, box) && within_reach(cell, box, reach)) found.push_back(i);
    const float distance = std::hypot(cell.x - box.center_x(), cell.y - box.center_y());
    if (cell.stride == cells.front().stride && distance < best) best = distance, nearest = i;
    if (cell.stride == cells.back().stride && distance < coarsest_best) coarsest_best = distance, coarsest_nearest = i;
  }
  if (!found.empty() || cells.empty()) return found;
  const bool tiny = within_reach(cells[nearest], box, reach);
  return {tiny ? nearest : coarsest_nearest};
}

}  // namespace

std::vector<Cell> detector_cells(int width, int height) {
  std::vector<Cell> cells;
  for (const int stride : kDetectorStrides) {
    for (int y = 0; y < height / stride; ++y) {
      for (int x = 0; x < width / stride; ++x) {
        const auto size = static_cast<float>(stride);
        cells.push_back({(static_cast<float>(x) + 0.5F) * size, (static_cast<float>(y) + 0.5F) * size, size});
      }
    }
  }
  return cells;
}

void assign_cells(std::span<const Cell> cells, std::span<const float> scores, int classes,
                  std::span<const Box> predicted, const std::vector<LabelledBox>& objects,
                  const std::vector<Box>& ignored, const AssignOptions& options, std::vector<CellTarget>& targets) {
  targets.assign(cells.size(), {});
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (std::ranges::any_of(ignored, [&](const Box& box) { return inside(cells[i], box); })) {
      targets[i].object = kNoOpinion;
    }
  }
  std::vector<float> claimed(cells.size(), -1.F);  // overlap of the object that has the cell so far
  std::vector<std::vector<Candidate>> chosen(objects.size());
  for (std::size_t k = 0; k < objects.size(); ++k) {
    std::vector<Candidate>& candidates = chosen[k];
    for (const std::size_t i : eligible(cells, objects[k].box, options.reach)) {
      const float overlap = iou(predicted[i], objects[k].box);
      const double score = scores[i * static_cast<std::size_t>(classes) + static_cast<std::size_t>(objects[k].label)];
      const double merit = std::pow(score, options.score_power) * std::pow(overlap, options.overlap_power);
      candidates.push_back({i, overlap, merit + 1e-12});
    }
    const auto keep = std::min<std::size_t>(candidates.size(), static_cast<std::size_t>(options.top));
    std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(keep), candidates.end(),
                      [](const Candidate& a, const Candidate& b) { return a.merit > b.merit; });
    candidates.resize(keep);
    for (const Candidate& candidate : candidates) {
      if (candidate.overlap <= claimed[candidate.cell]) continue;  // it learns the object it fits best
      claimed[candidate.cell] = candidate.overlap;
      targets[candidate.cell].object = static_cast<int>(k);
    }
  }
  for (std::size_t k = 0; k < objects.size(); ++k) {
    double most_merit = 0;
    float best_overlap = 0;
    for (const Candidate& candidate : chosen[k]) {
      if (targets[candidate.cell].object != static_cast<int>(k)) continue;
      most_merit = std::max(most_merit, candidate.merit);
      best_overlap = std::max(best_overlap, candidate.overlap);
    }
    for (const Candidate& candidate : chosen[k]) {
      if (targets[candidate.cell].object != static_cast<int>(k)) continue;
      targets[candidate.cell].quality =
          static_cast<float>(candidate.merit / most_merit) * best_overlap * objects[k].score;
    }
  }
}

}  // namespace weir::train

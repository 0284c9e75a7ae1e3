// SPDX-License-Identifier: Apache-2.0
#include "train/detector/loss.hpp"

#include <algorithm>
#include <cmath>

namespace weir::train {
namespace {

using torch::indexing::Slice;

constexpr double kBackgroundWeight = 0.75;  // as in Zhang et al., VarifocalNet, section 3.2

/// Cells whose box is learned, over the whole batch.
struct Positives {
  std::vector<std::int64_t> index;  ///< n * cells + cell
  std::vector<float> box;           ///< four per entry
  std::vector<float> weight;
};

torch::Tensor rows_of(std::vector<float>& values, std::int64_t columns) {
  return torch::from_blob(values.data(), {static_cast<std::int64_t>(values.size()) / columns, columns}).clone();
}

/// [cells, 3]: x, y, stride.
torch::Tensor cell_table(const std::vector<Cell>& cells) {
  std::vector<float> values;
  for (const Cell& cell : cells) values.insert(values.end(), {cell.x, cell.y, cell.stride});
  return rows_of(values, 3);
}

/// The mean of each side's distribution, in pixels: [..., 4].
torch::Tensor distances(const torch::Tensor& logits, const torch::Tensor& strides, int bins) {
  const torch::Tensor steps = torch::arange(bins, torch::kFloat);
  const torch::Tensor shares = torch::softmax(logits.unflatten(-1, {4, bins}), -1);
  return torch::matmul(shares, steps) * strides;
}

torch::Tensor boxes_of(const torch::Tensor& sides, const torch::Tensor& x, const torch::Tensor& y) {
  const auto side = [&](int i) { return sides.index({"...", i}); };
  return torch::stack({x - side(0), y - side(1), x + side(2), y + side(3)}, -1);
}

torch::Tensor box_loss(const torch::Tensor& a, const torch::Tensor& b) {
  const auto part = [](const torch::Tensor& t, int i) { return t.index({Slice(), i}); };
  const auto span = [&](const torch::Tensor& low, const torch::Tensor& high) {
    return torch::clamp_min(high - low, 0);
  };
  const torch::Tensor common = span(torch::max(part(a, 0), part(b, 0)), torch::min(part(a, 2), part(b, 2))) *
                               span(torch::max(part(a, 1), part(b, 1)), torch::min(part(a, 3), part(b, 3)));
  const torch::Tensor area_a = (part(a, 2) - part(a, 0)) * (part(a, 3) - part(a, 1));
  const torch::Tensor area_b = (part(b, 2) - part(b, 0)) * (part(b, 3) - part(b, 1));
  const torch::Tensor all = area_a + area_b - common + 1e-6;
  const torch::Tensor width = torch::max(part(a, 2), part(b, 2)) - torch::min(part(a, 0), part(b, 0));
  const torch::Tensor height = torch::max(part(a, 3), part(b, 3)) - torch::min(part(a, 1), part(b, 1));
  const torch::Tensor hull = width * height + 1e-6;
  const torch::Tensor giou = common / all - (hull - all) / hull;
  const torch::Tensor dx = (part(a, 0) + part(a, 2) - part(b, 0) - part(b, 2)) / 2;
  const torch::Tensor dy = (part(a, 1) + part(a, 3) - part(b, 1) - part(b, 3)) / 2;
  return 1 - giou + (dx * dx + dy * dy) / (width * width + height * height + 1e-6);
}

/// Cross entropy between four distributions [P, 4, bins] and the distances [P, 4] in strides.
torch::Tensor distribution_loss(const torch::Tensor& logits, const torch::Tensor& wanted, int bins) {
  const torch::Tensor at = torch::clamp(wanted, 0, bins - 1.01);
  const torch::Tensor low = torch::floor(at);
  const torch::Tensor share = at - low;
  const torch::Tensor logs = torch::log_softmax(logits, -1);
  const torch::Tensor index = low.to(torch::kLong).unsqueeze(-1);
  const torch::Tensor at_low = logs.gather(-1, index).squeeze(-1);
  const torch::Tensor at_high = logs.gather(-1, index + 1).squeeze(-1);
  return -(at_low * (1 - share) + at_high * share).mean(-1);
}

/// A cell that learns an object tells all classes apart with its weight in `learning`; everything else counts as much
/// as it is in the way.
torch::Tensor score_weights(const torch::Tensor& logits, const torch::Tensor& learning) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor probability = torch::sigmoid(logits);
  return torch::max(learning, kBackgroundWeight * probability * probability);
}

/// By object: what each of its cells' wanted scores is multiplied by.
std::vector<float> object_weights(const std::vector<CellTarget>& targets, std::size_t objects, double balance) {
  std::vector<float> sums(objects, 0.F);
  for (const CellTarget& target : targets) {
    if (target.object >= 0) sums[static_cast<std::size_t>(target.object)] += target.quality;
  }
  for (float& sum : sums) sum = std::pow(std::max(sum, 0.1F), -static_cast<float>(balance));
  return sums;
}

}  // namespace

DetectorLoss detector_loss(const std::vector<torch::Tensor>& outputs, const std::vector<AugmentedExample>& truth,
                           const std::vector<Cell>& cells, const DetectorLossOptions& options) {
  const auto classes = static_cast<std::size_t>(options.classes);
  const torch::Tensor logits = torch::cat({outputs[0], outputs[1], outputs[2]}, 1).to(torch::kFloat);
  const torch::Tensor sides = torch::cat({outputs[3], outputs[4], outputs[5]}, 1).to(torch::kFloat);
  const torch::Tensor table = cell_table(cells);
  const torch::Tensor x = table.index({Slice(), 0}), y = table.index({Slice(), 1});
  const torch::Tensor stride = table.index({Slice(), Slice(2, 3)});
  const auto count = static_cast<std::int64_t>(cells.size());

  torch::Tensor wanted = torch::zeros_like(logits), counted = torch::ones({logits.size(0), count, 1});
  torch::Tensor learning = torch::zeros_like(counted);
  Positives positives;
  {
    const torch::NoGradGuard no_grad;
    const torch::Tensor scores = torch::sigmoid(logits).contiguous();
    const torch::Tensor boxes = boxes_of(distances(sides, stride, options.bins), x, y).contiguous();
    std::vector<CellTarget> targets;
    std::vector<Box> predicted(cells.size());
    for (std::size_t n = 0; n < truth.size(); ++n) {
      const float* box = boxes.data_ptr<float>() + n * cells.size() * 4;
      for (std::size_t i = 0; i < cells.size(); ++i, box += 4) predicted[i] = {box[0], box[1], box[2], box[3]};
      const float* score = scores.data_ptr<float>() + n * cells.size() * classes;
      assign_cells(cells, {score, cells.size() * classes}, options.classes, predicted, truth[n].boxes, truth[n].ignored,
                   options.assign, targets);
      const std::vector<float> weights = object_weights(targets, truth[n].boxes.size(), options.balance);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::size_t row = n * cells.size() + i;
        if (targets[i].object == kNoOpinion) counted.data_ptr<float>()[row] = 0;
        if (targets[i].object < 0) continue;
        const LabelledBox& object = truth[n].boxes[static_cast<std::size_t>(targets[i].object)];
        wanted.data_ptr<float>()[row * classes + static_cast<std::size_t>(object.label)] = targets[i].quality;
        positives.index.push_back(static_cast<std::int64_t>(row));
        positives.weight.push_back(targets[i].quality * weights[static_cast<std::size_t>(targets[i].object)]);
        learning.data_ptr<float>()[row] = positives.weight.back();
        positives.box.insert(positives.box.end(),
                             {object.box.left, object.box.top, object.box.right, object.box.bottom});
      }
    }
  }
  // The mean weight of a wanted score stays 1, so that `balance` leaves background and objects as they were.
  const torch::Tensor total_weight = torch::clamp_min(wanted.sum(), 1);
  const torch::Tensor evened = wanted.sum() / torch::clamp_min(learning.sum(), 1e-6);
  learning *= evened;
  const torch::Tensor cross = torch::binary_cross_entropy_with_logits(logits, wanted, {}, {}, at::Reduction::None);

  DetectorLoss loss;
  loss.score = (cross * score_weights(logits, learning) * counted).sum() / total_weight;
  if (positives.index.empty()) {
    loss.box = sides.sum() * 0;
    loss.distribution = loss.box;
  } else {
    const torch::Tensor index = torch::tensor(positives.index);
    const torch::Tensor cell = table.index_select(0, index % count);
    const torch::Tensor cell_x = cell.index({Slice(), 0}), cell_y = cell.index({Slice(), 1});
    const torch::Tensor cell_stride = cell.index({Slice(), Slice(2, 3)});
    const torch::Tensor logit = sides.flatten(0, 1).index_select(0, index);
    const torch::Tensor box = rows_of(positives.box, 4);
    const torch::Tensor weight = rows_of(positives.weight, 1).squeeze(1) * evened;
    const torch::Tensor predicted = boxes_of(distances(logit, cell_stride, options.bins), cell_x, cell_y);
    loss.box = (box_loss(predicted, box) * weight).sum() / total_weight;
    const auto side = [&](int i) { return box.index({Slice(), i}); };
    const torch::Tensor wanted_sides =
        torch::stack({cell_x - side(0), cell_y - side(1), side(2) - cell_x, side(3) - cell_y}, -1) / cell_stride;
    loss.distribution =
        (distribution_loss(logit.unflatten(-1, {4, options.bins}), wanted_sides, options.bins) * weight).sum() /
        total_weight;
  }
  loss.total = loss.score + options.box_weight * loss.box + options.distribution_weight * loss.distribution;
  return loss;
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/start.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <string>

#include "train/common/loop/checkpoint.hpp"
#include "train/common/loop/training_state.hpp"

namespace weir::train {
namespace {

constexpr const char* kRate = "average/state/rate";

/// The setups that a checkpoint was trained for.
Result<std::vector<Rung>> rungs_of(const Checkpoint& checkpoint, int bottleneck_channels) {
  const auto text = checkpoint.values.find("setups");
  if (text == checkpoint.values.end()) return fail(Code::invalid, "it does not say its setups");
  return parse_rungs(text->second, bottleneck_channels);
}

std::size_t nearest(const std::vector<Rung>& rungs, double rate) {
  const auto away = [&](const Rung& rung) { return std::abs(std::log(rung.rate / rate)); };
  return static_cast<std::size_t>(std::ranges::min_element(rungs, {}, away) - rungs.begin());
}

/// Gives what the checkpoint has for each of its setups to `rungs`.
void deal_out(Checkpoint& checkpoint, const std::vector<Rung>& had, const std::vector<Rung>& rungs) {
  std::vector<std::int64_t> rows;
  std::vector<double> factors;  // of the rates that are aimed at
  for (std::size_t u = 0; u < rungs.size(); ++u) {
    const std::size_t row = had.size() == rungs.size() ? u : nearest(had, rungs[u].rate);
    rows.push_back(static_cast<std::int64_t>(row));
    factors.push_back(rungs[u].rate / had[row].rate);
  }
  const torch::Tensor index = torch::tensor(rows, torch::kLong);
  for (auto& [name, tensor] : checkpoint.tensors) {
    const bool of_setups = name.starts_with("average/setup/") || name.starts_with("average/state/");
    if (!of_setups || tensor.dim() == 0 || tensor.size(0) != std::ssize(had)) continue;
    tensor = tensor.index_select(0, index);
    if (name == kRate) tensor.mul_(torch::tensor(factors, torch::kDouble));
  }
}

}  // namespace

Status start_from(const std::filesystem::path& path, const std::vector<Rung>& rungs, int bottleneck_channels,
                  const NamedTensors& tensors, std::ostream& messages) {
  auto checkpoint = load_checkpoint(path);
  if (!checkpoint) return checkpoint.error();
  std::set<std::string> names;
  for (const auto& [name, tensor] : checkpoint->tensors) names.insert(name);
  NamedTensors held;
  std::ranges::copy_if(tensors, std::back_inserter(held),
                       [&](const auto& tensor) { return names.contains("average/" + tensor.first); });
  if (held.empty()) return {Code::invalid, "checkpoint " + path.string() + " is of another program"};
  const auto had = rungs_of(*checkpoint, bottleneck_channels);
  if (!had) return {had.error().code, "checkpoint " + path.string() + ": " + had.error().text};
  if (held.size() < tensors.size()) messages << tensors.size() - held.size() << " tensors begin anew\n";
  deal_out(*checkpoint, *had, rungs);
  const Status status = restore_tensors(*checkpoint, held, /*averaged=*/true);
  if (status) return status;
  return {status.error().code, "checkpoint " + path.string() + ": " + status.error().text};
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/switchable.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>

#include "elastic/switchable/chain.hpp"
#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/trainer.hpp"
#include "train/switchable/initialise.hpp"
#include "train/switchable/start.hpp"

namespace weir::train {
namespace {

constexpr std::size_t kNearest = 3;
constexpr double kFirstPrice = 2;
constexpr double kPricePace = 0.02;
constexpr double kPriceReach = 4;  // of its logarithm
constexpr double kDistanceMemory = 0.97;
constexpr double kClipNorm = 5;

/// What changes besides weights, one value a setup. It is in the checkpoint.
struct SetupState {
  torch::Tensor price;     ///< logarithm of what a bit costs
  torch::Tensor distance;  ///< running mean, which a pass is measured by
  torch::Tensor start;     ///< distance before the first step
  torch::Tensor rate;      ///< bits per position before the first step, as training counts them: they are kept
  torch::Tensor cluster;
  torch::Tensor variance;  ///< of the seam; one value

  explicit SetupState(std::int64_t setups)
      : price(torch::full({setups}, std::log(kFirstPrice))),
        distance(torch::ones({setups})),
        start(torch::ones({setups})),
        rate(torch::ones({setups})),
        cluster(torch::zeros({setups})),
        variance(torch::ones({1})) {}

  NamedTensors named() const {
    return {{"state/price", price}, {"state/distance", distance}, {"state/start", start},
            {"state/rate", rate},   {"state/cluster", cluster},   {"state/variance", variance}};
  }
};

std::vector<double> values_of(const torch::Tensor& tensor) {
  const torch::Tensor wide = tensor.to(torch::kDouble).contiguous();
  return {wide.data_ptr<double>(), wide.data_ptr<double>() + wide.numel()};
}

std::string text(double value, const char* form = "%.3g") {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), form, value);
  return out.data();
}

class SwitchableTraining {
 public:
  SwitchableTraining(const SwitchableOptions& options, const OnnxModel& network, std::ostream& messages)
      : options_(options), network_(network), messages_(messages) {}

  Result<TrainedSwitchable> run(const FramePool& pool, const ScoreModels& score) {
    if (Status status = prepare(pool); !status) return fail(status.error());
    NamedTensors tensors = crew_->first().learned();
    const NamedTensors state = state_->named();
    torch::optim::AdamW optimizer = make_adamw(tensors, options_.rate, 0);
    tensors.insert(tensors.end(), state.begin(), state.end());
    Ema ema(tensors, options_.average_decay);
    const TrainingParts parts{tensors, &optimizer, &ema};
    const LoopOptions loop = loop_options();
    Result<Checkpoint> start = resume_or_start(options_.program, loop.values, parts);
    if (!start) return fail(start.error());
    if (start->step == 0) {
      Status status = options_.start.empty()
                          ? begin()
                          : start_from(options_.start, rungs_, options_.shape.channels, tensors, messages_);
      if (!status) return fail(status.error());
      ema = Ema(tensors, options_.average_decay);  // from the values that were just set
    }
    crew_->set_seam_variance(state_->variance.item<double>());
    Progress progress(messages_, {.steps = loop.steps, .first_step = start->step, .terminal = stderr_is_terminal()});
    LoopCallbacks callbacks;
    callbacks.loss = [&](std::int64_t step) { return this->step(step); };
    if (score) {
      callbacks.evaluate = [&](std::int64_t done, Curves& curves) -> Status {
        const EmaScope averaged(ema);
        const auto models = this->models();
        if (!models) return models.error();
        const auto value = score(*models);
        if (!value) return value.error();
        curves["score"].push_back({static_cast<double>(done), *value});
        progress.say("step " + std::to_string(done) + ": score " + text(*value, "%.4f"));
        return {};
      };
    }
    const Interrupt interrupt;
    auto end = run_loop(loop, callbacks, parts, *start, progress, interrupt);
    progress.finish();
    if (!end) return fail(end.error());
    const EmaScope averaged(ema);
    auto models = this->models();
    if (!models) return fail(models.error());
    return TrainedSwitchable{std::move(*models), std::move(*end)};
  }

 private:
  Status prepare(const FramePool& pool) {
    auto graphs = make_graphs(network_, options_.seam, options_.shape, options_.program.seed);
    if (!graphs) return graphs.error();
    rungs_ = options_.rungs;
    const auto seam_channels = static_cast<int>(graphs->decoder.outputs[0].shape[1]);
    if (rungs_.empty()) rungs_ = default_rungs(seam_channels, options_.shape.channels);
    const Distiller distiller(output_kind(network_), network_.outputs);
    seed_torch(options_.program.seed, options_.program.threads);
    SwitchCrewOptions crew_options = options_.crew;
    crew_options.seed = options_.program.seed;
    auto crew = SwitchCrew::create(*graphs, rungs_, distiller, pool, crew_options);
    if (!crew) return crew.error();
    crew_ = std::move(*crew);
    split_ = std::move(graphs->network);
    state_ = std::make_unique<SetupState>(std::ssize(rungs_));
    return {};
  }

  /// Initialisation and clustering, told as a table.
  Status begin() {
    InitialiseOptions how;
    how.linear = options_.initialisation;
    how.cluster = options_.clustering;
    const auto start = initialise(*crew_, how);
    if (!start) return start.error();
    state_->variance.fill_(crew_->seam_variance());
    messages_ << "setup  rate wanted  at the start  distance  cluster\n";
    for (std::size_t u = 0; u < rungs_.size(); ++u) {
      const auto at = static_cast<std::int64_t>(u);
      state_->distance[at] = start->distances[u];
      state_->start[at] = start->distances[u];
      state_->rate[at] = std::max(start->bits[u], 1e-3);
      state_->cluster[at] = start->clusters[u];
      messages_ << rungs_[u].name() << "  " << text(rungs_[u].rate) << "  " << text(start->bits[u]) << "  "
                << text(start->distances[u]) << "  " << start->clusters[u] << '\n';
    }
    messages_ << std::flush;
    return {};
  }

  /// The richest setup, the smallest, and one of each cluster.
  std::vector<std::int64_t> draw(std::int64_t step) const {
    Random random = step_random(options_.program.seed, step, "switchable setups");
    std::vector<std::int64_t> drawn{0, std::ssize(rungs_) - 1};
    const auto clusters = values_of(state_->cluster);
    const int groups = options_.clustering ? 1 + static_cast<int>(*std::ranges::max_element(clusters)) : 3;
    for (int group = 0; group < groups; ++group) {
      std::vector<std::int64_t> among;
      for (std::int64_t u = 1; u + 1 < std::ssize(rungs_); ++u) {
        if (!options_.clustering || static_cast<int>(clusters[static_cast<std::size_t>(u)]) == group)
          among.push_back(u);
      }
      if (!among.empty()) drawn.push_back(among[random.below(among.size())]);
    }
    return drawn;
  }

  Result<StepLoss> step(std::int64_t step) {
    const std::vector<double> distances = values_of(state_->distance), prices = values_of(state_->price.exp());
    const std::vector<double> starts = values_of(state_->start), rates = values_of(state_->rate);
    std::vector<double> bit_prices;
    for (std::size_t u = 0; u < rungs_.size(); ++u) bit_prices.push_back(prices[u] / rates[u]);
    const auto means = crew_->step(step, draw(step), distances, bit_prices);
    if (!means) return fail(means.error());
    const torch::NoGradGuard no_grad;
    double distance = 0, rate = 0, passes = 0;
    for (std::size_t u = 0; u < rungs_.size(); ++u) {
      const int count = means->passes[u];
      if (count == 0) continue;
      const double spent = means->bits[u] / rates[u];
      distance += count * means->distance[u] / starts[u];
      rate += count * spent;
      passes += count;
      adapt(u, means->distance[u], spent);
    }
    // No gradient: it is in the tensors already. Both parts are of the start's.
    const torch::Tensor loss = torch::tensor((distance + rate) / passes);
    return StepLoss{loss, {{"distance", distance / passes}, {"rate", rate / passes}}, options_.crew.batch};
  }

  void adapt(std::size_t u, double distance, double spent) {
    const auto at = static_cast<std::int64_t>(u);
    if (!std::isfinite(distance) || !std::isfinite(spent)) return;
    torch::Tensor running = state_->distance[at], price = state_->price[at];
    running.mul_(kDistanceMemory).add_((1 - kDistanceMemory) * std::max(distance, 1e-6));
    price.add_(kPricePace * (std::clamp(spent, 0.25, 3.0) - 1)).clamp_(-kPriceReach, kPriceReach);
  }

  LoopOptions loop_options() const {
    LoopOptions loop;
    loop.steps = options_.steps;
    loop.warmup_steps = std::min(options_.steps / 20, 200);
    loop.rate = options_.rate;
    loop.final_fraction = 0.02;
    loop.clip_norm = kClipNorm;
    loop.checkpoint = options_.program.out / "switchable.ckpt";
    loop.checkpoint_every = options_.checkpoint_every;
    loop.evaluate_every = options_.evaluate_every;
    const AugmentOptions& crop = options_.crew.augment;
    loop.values = {{"net", "switchable " + options_.seam},
                   {"setups", format_rungs(rungs_)},
                   {"batch", std::to_string(options_.crew.batch)},
                   {"threads", std::to_string(options_.crew.members)},
                   {"rate", std::to_string(options_.rate)},
                   {"crop", std::to_string(crop.width) + "x" + std::to_string(crop.height)},
                   {"distil", options_.crew.distil ? "yes" : "no"},
                   {"seed", std::to_string(options_.program.seed)},
                   {"steps", std::to_string(options_.steps)}};
    return loop;
  }

  Result<SwitchableModels> models() const { return to_models(network_, options_.seam, split_, crew_->first(), rungs_); }

  const SwitchableOptions& options_;
  const OnnxModel& network_;
  std::ostream& messages_;
  std::vector<Rung> rungs_;
  SplitModel split_;
  std::unique_ptr<SwitchCrew> crew_;
  std::unique_ptr<SetupState> state_;
};

Result<SplitModel> split_at(const OnnxModel& network, const std::string& seam) {
  auto split = split_model(network, {seam});
  if (split || split.error().code != Code::not_found) return split;
  std::vector<std::string> names;
  for (const OnnxNode& node : network.nodes) names.insert(names.end(), node.outputs.begin(), node.outputs.end());
  std::string nearest;
  for (const std::string& name : nearest_names(seam, names, kNearest)) {
    nearest += (nearest.empty() ? "\"" : ", \"") + name + "\"";
  }
  return fail(Code::not_found, split.error().text + "; named most like it: " + nearest);
}

std::vector<float> row_of(const torch::Tensor& table, std::int64_t row) {
  const torch::Tensor values = table[row].detach().cpu().contiguous();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

}  // namespace

Result<SwitchableGraphs> make_graphs(const OnnxModel& network, const std::string& seam, const BottleneckShape& shape,
                                     std::uint64_t seed) {
  auto split = split_at(network, seam);
  if (!split) return fail(split.error());
  const Shape& extents = split->head.outputs[0].shape;
  if (extents.rank() != 4 || extents[1] < 1) {
    return fail(Code::invalid, "seam \"" + seam + "\" has the shape " + extents.text() +
                                   "; a bottleneck needs a map of known channels, NxCxHxW: choose another seam");
  }
  const auto channels = static_cast<int>(extents[1]);
  SwitchableGraphs graphs{std::move(*split), build_encoder(network, seam, channels, shape, seed),
                          build_decoder(network, seam, channels, shape, seed)};
  graphs.decoder.outputs[0].shape = extents;
  return graphs;
}

Result<SwitchableModels> to_models(const OnnxModel& network, const std::string& seam, const SplitModel& split,
                                   const SwitchMember& member, const std::vector<Rung>& rungs) {
  auto head = chain(split.head, member.encoder.to_onnx());
  if (!head) return fail(head.error());
  auto tail = chain(member.decoder.to_onnx(), split.tail);
  if (!tail) return fail(tail.error());
  tail->name = split.tail.name;
  tail->metadata = split.tail.metadata;
  tail->ir_version = split.tail.ir_version;
  const torch::Tensor steps = member.setups.steps();
  SwitchableSetups list{seam, sha256_hex(encode_onnx(network)), static_cast<int>(steps.size(1)), 0, 0, {}};
  for (std::size_t u = 0; u < rungs.size(); ++u) {
    const auto row = static_cast<std::int64_t>(u);
    list.setups.push_back({rungs[u].name(), rungs[u].channels, rungs[u].bits, 0, row_of(steps, row),
                           row_of(member.setups.scale, row), row_of(member.setups.bias, row)});
  }
  return SwitchableModels{std::move(*head), std::move(*tail), std::move(list)};
}

Result<TrainedSwitchable> train_switchable(const SwitchableOptions& options, const OnnxModel& network,
                                           const FramePool& pool, const ScoreModels& score, std::ostream& messages) {
  try {
    return SwitchableTraining(options, network, messages).run(pool, score);
  } catch (const std::exception& error) {
    const std::string all = error.what();
    return fail(Code::internal, "training stopped by the tensor library: " + all.substr(0, all.find('\n')));
  }
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/crew.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/utils.h>

#include <opencv2/core.hpp>
#include <thread>

#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/trainer.hpp"
#include "train/switchable/open_batch.hpp"

namespace weir::train {
namespace {

Result<OnnxNet> frozen(const OnnxModel& model) {
  auto net = OnnxNet::create(open_batch(model));
  if (!net) return net;
  for (const auto& [name, parameter] : net->parameters()) torch::Tensor(parameter).set_requires_grad(false);
  net->train(false);
  net->to(training_device());
  return net;
}

Result<OnnxNet> learning(const OnnxModel& model, const OnnxNet* shared) {
  auto net = OnnxNet::create(model);
  if (!net) return net;
  net->train(false);
  net->to(training_device());
  if (shared == nullptr) return net;
  for (std::size_t i = 0; i < net->parameters().size(); ++i) {
    torch::Tensor(net->parameters()[i].second).set_data(shared->parameters()[i].second.detach());
  }
  return net;
}

torch::Tensor index_tensor(const std::vector<std::int64_t>& values) { return torch::tensor(values, torch::kLong); }

}  // namespace

/// What one member leaves of a step.
struct SwitchCrew::Share {
  Status status;
  std::vector<torch::Tensor> gradients;
  std::vector<std::int64_t> setups;
  torch::Tensor distance, bits;
};

NamedTensors SwitchMember::learned() const {
  NamedTensors all = encoder.parameters();
  const NamedTensors own = setups.named();
  all.insert(all.end(), decoder.parameters().begin(), decoder.parameters().end());
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

Result<std::unique_ptr<SwitchCrew>> SwitchCrew::create(const SwitchableGraphs& graphs, const std::vector<Rung>& rungs,
                                                       const Distiller& distiller, const FramePool& pool,
                                                       const SwitchCrewOptions& options) {
  if (options.members < 1 || options.batch % options.members != 0) {
    return fail(Code::invalid, "a batch of " + std::to_string(options.batch) + " cannot be shared by " +
                                   std::to_string(options.members) + " threads; choose a multiple");
  }
  cv::setNumThreads(1);
  torch::set_num_threads(1);
  std::unique_ptr<SwitchCrew> crew(new SwitchCrew(rungs, distiller, pool, options));
  if (Status status = crew->hire(graphs); !status) return fail(status.error());
  return crew;
}

Status SwitchCrew::hire(const SwitchableGraphs& graphs) {
  for (int i = 0; i < options_.members; ++i) {
    const SwitchMember* one = members_.empty() ? nullptr : &members_.front();
    auto head = frozen(graphs.network.head);
    if (!head) return head.error();
    auto tail = frozen(graphs.network.tail);
    if (!tail) return tail.error();
    auto encoder = learning(graphs.encoder, one == nullptr ? nullptr : &one->encoder);
    if (!encoder) return encoder.error();
    auto decoder = learning(graphs.decoder, one == nullptr ? nullptr : &one->decoder);
    if (!decoder) return decoder.error();
    const auto channels = graphs.encoder.outputs[0].shape[1], width = graphs.decoder.inputs[1].shape[1];
    SetupTensors setups = one == nullptr ? make_setups(std::ssize(rungs_), channels, width) : one->setups.twin();
    members_.push_back({std::move(*head), std::move(*tail), std::move(*encoder), std::move(*decoder), std::move(setups),
                        std::make_unique<Augmenter>(options_.augment, options_.seed)});
  }
  return {};
}

torch::Tensor SwitchCrew::crops(SwitchMember& member, std::int64_t step, int index) {
  const int share = options_.batch / options_.members;
  const std::int64_t height = options_.augment.height, width = options_.augment.width;
  torch::Tensor batch = torch::empty({share, height, width, 3}, torch::kByte);
  for (int i = 0; i < share; ++i) {
    const std::int64_t draw = (step * options_.members + index) * share + i;
    Random random = step_random(options_.seed, draw, "switchable frame");
    const auto crop = member.augmenter->make(pool_.frames, pool_.draw(random), static_cast<std::uint64_t>(draw));
    batch[i].copy_(torch::from_blob(crop.image.data, {height, width, 3}, torch::kByte));
  }
  return batch.permute({0, 3, 1, 2}).to(torch::kFloat).contiguous() / options_.divide;
}

Result<SeenCrops> SwitchCrew::look(SwitchMember& member, const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  auto seam = member.head.forward({images});
  if (!seam) return fail(seam.error());
  auto outputs = member.tail.forward(*seam);
  if (!outputs) return fail(outputs.error());
  for (const torch::Tensor& output : *outputs) {
    if (output.dim() > 0 && output.size(0) == images.size(0)) continue;
    return fail(Code::unsupported, "the network answers " + std::to_string(images.size(0)) +
                                       " images with an output of another first extent; export it with an open batch");
  }
  return SeenCrops{(*seam)[0], std::move(*outputs)};
}

Result<torch::Tensor> SwitchCrew::distance(SwitchMember& member, const SeenCrops& seen, const torch::Tensor& seam) {
  const auto error = (seam - seen.seam).square().mean({1, 2, 3}) / seam_variance_;
  const auto by_seam = options_.feature_weight * error;
  if (!options_.distil) return by_seam;
  auto found = member.tail.forward({seam});
  if (!found) return fail(found.error());
  return distiller_.distance(seen.outputs, *found) + by_seam;
}

Result<PassResults> SwitchCrew::run(SwitchMember& member, const SeenCrops& seen, const Passes& passes,
                                    std::uint64_t noise_seed) {
  const torch::Tensor crop = index_tensor(passes.crops), setup = index_tensor(passes.setups);
  SeenCrops repeated{seen.seam.index_select(0, crop), {}};
  for (const torch::Tensor& output : seen.outputs) repeated.outputs.push_back(output.index_select(0, crop));
  const auto encoded = member.encoder.forward({seen.seam});
  if (!encoded) return fail(encoded.error());
  const torch::Tensor values = (*encoded)[0].index_select(0, crop);
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(noise_seed);
  const torch::Tensor noise = torch::rand(values.sizes(), generator, torch::kFloat) - 0.5;
  const Coded coded = code(values, setup, rungs_, member.setups, noise);
  const auto rows = [&](const torch::Tensor& table) {
    return table.index_select(0, setup).unsqueeze(-1).unsqueeze(-1);
  };
  const auto decoded = member.decoder.forward({coded.received, rows(member.setups.scale), rows(member.setups.bias)});
  if (!decoded) return fail(decoded.error());
  auto far = distance(member, repeated, (*decoded)[0]);
  if (!far) return fail(far.error());
  return PassResults{*far, coded.bits, coded.counted};
}

Result<torch::Tensor> SwitchCrew::loss(int index, std::int64_t step, const std::vector<std::int64_t>& drawn,
                                       const std::vector<double>& distances, const std::vector<double>& prices,
                                       Share& share) {
  SwitchMember& member = members_[static_cast<std::size_t>(index)];
  const auto seen = look(member, crops(member, step, index));
  if (!seen) return fail(seen.error());
  Random random = step_random(options_.seed, step * options_.members + index, "switchable passes");
  const auto count = static_cast<std::uint64_t>(seen->seam.size(0));
  const std::uint64_t offset = random.below(drawn.size());
  Passes passes;
  std::vector<double> by_distance, by_bits;
  for (std::uint64_t p = 0; p < count * static_cast<std::uint64_t>(options_.passes); ++p) {
    // The second setup of a crop is another one than the first.
    const auto setup = static_cast<std::size_t>(drawn[(p + p / count + offset) % drawn.size()]);
    passes.crops.push_back(static_cast<std::int64_t>(p % count));
    passes.setups.push_back(static_cast<std::int64_t>(setup));
    by_distance.push_back(1 / distances[setup]);
    by_bits.push_back(prices[setup]);
  }
  const auto results = run(member, *seen, passes, random.next());
  if (!results) return fail(results.error());
  share.setups = passes.setups;
  share.distance = results->distance.detach();
  share.bits = results->counted;
  return (results->distance * torch::tensor(by_distance, torch::kFloat) +
          results->bits * torch::tensor(by_bits, torch::kFloat))
      .mean();
}

void SwitchCrew::work(int index, std::int64_t step, const std::vector<std::int64_t>& drawn,
                      const std::vector<double>& distances, const std::vector<double>& prices, Share& share) {
  try {
    const auto made = loss(index, step, drawn, distances, prices, share);
    if (!made) {
      share.status = made.error();
      return;
    }
    std::vector<torch::Tensor> leaves;
    for (const auto& [name, tensor] : members_[static_cast<std::size_t>(index)].learned()) leaves.push_back(tensor);
    share.gradients = torch::autograd::grad({*made}, leaves, {}, c10::nullopt, false, /*allow_unused=*/true);
  } catch (const std::exception& error) {
    share.status = {Code::internal, std::string("the tensor library stopped a step: ") + error.what()};
  }
}

Result<SetupMeans> SwitchCrew::step(std::int64_t step, const std::vector<std::int64_t>& drawn,
                                    const std::vector<double>& distances, const std::vector<double>& prices) {
  std::vector<Share> shares(members_.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < members_.size(); ++i) {
      threads.emplace_back([&, i] {
        torch::set_num_threads(1);
        work(static_cast<int>(i), step, drawn, distances, prices, shares[i]);
      });
    }
    work(0, step, drawn, distances, prices, shares[0]);
  }
  SetupMeans means{std::vector<double>(rungs_.size()), std::vector<double>(rungs_.size()),
                   std::vector<int>(rungs_.size())};
  const torch::NoGradGuard no_grad;
  const NamedTensors learned = first().learned();
  for (const Share& share : shares) {
    if (!share.status) return fail(share.status.error());
    for (std::size_t i = 0; i < learned.size(); ++i) {
      if (!share.gradients[i].defined()) continue;
      torch::Tensor& sum = torch::Tensor(learned[i].second).mutable_grad();
      const torch::Tensor part = share.gradients[i] / static_cast<double>(shares.size());
      sum = sum.defined() ? sum + part : part;
    }
    for (std::size_t p = 0; p < share.setups.size(); ++p) {
      const auto setup = static_cast<std::size_t>(share.setups[p]);
      means.distance[setup] += share.distance[static_cast<std::int64_t>(p)].item<double>();
      means.bits[setup] += share.bits[static_cast<std::int64_t>(p)].item<double>();
      ++means.passes[setup];
    }
  }
  for (std::size_t u = 0; u < rungs_.size(); ++u) {
    means.distance[u] /= std::max(means.passes[u], 1);
    means.bits[u] /= std::max(means.passes[u], 1);
  }
  return means;
}

}  // namespace weir::train

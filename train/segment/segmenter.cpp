// SPDX-License-Identifier: Apache-2.0
#include "train/segment/segmenter.hpp"

#include <algorithm>

#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/trainer.hpp"

namespace weir::train {
namespace {

torch::Tensor full_size(const torch::Tensor& scores, std::int64_t height, std::int64_t width) {
  return torch::upsample_bilinear2d(scores, {height, width}, /*align_corners=*/false);
}

/// The class of each pixel of a padded image: i64 [H, W] on the CPU.
Result<torch::Tensor> best_classes(OnnxNet& net, const SegmentBatch& batch, double scale) {
  const torch::Device device = net.parameters().empty() ? torch::kCPU : net.parameters()[0].second.device();
  const auto scores = net.forward({(batch.images * scale).to(device)});
  if (!scores) return fail(scores.error());
  return full_size((*scores)[0], batch.images.size(2), batch.images.size(3)).argmax(1)[0].cpu();
}

/// Pixels of each class of the truth (rows) that the net gave each class (columns).
using Confusion = std::array<std::array<double, kCamvidClasses>, kCamvidClasses>;

SegmentScore score_of(const Confusion& confusion) {
  SegmentScore score;
  double right = 0, all = 0, occurring = 0;
  for (std::size_t c = 0; c < kCamvidClasses; ++c) {
    double truth = 0, guessed = 0;
    for (std::size_t other = 0; other < kCamvidClasses; ++other) {
      truth += confusion[c][other];
      guessed += confusion[other][c];
    }
    right += confusion[c][c];
    all += truth;
    const double both = truth + guessed - confusion[c][c];
    score.class_iou.push_back(both > 0 ? confusion[c][c] / both : 0);
    if (truth > 0) {
      score.mean_iou += score.class_iou.back();
      ++occurring;
    }
  }
  if (occurring > 0) score.mean_iou /= occurring;
  score.accuracy = all > 0 ? right / all : 0;
  return score;
}

/// The weighted loss of the labelled pixels at the size of the scores, half of the mask's: each score meets one of its
/// four pixels, another from step to step. A third cheaper than enlarging the scores, and no pixel is left out.
torch::Tensor pixel_loss(const torch::Tensor& scores, const torch::Tensor& masks, const torch::Tensor& weights,
                         Random& random) {
  const auto first = [&] { return static_cast<std::int64_t>(random.below(2)); };
  const std::int64_t top = first(), left = first();
  const torch::Tensor half = masks.slice(1, top, masks.size(1), 2).slice(2, left, masks.size(2), 2).contiguous();
  return torch::cross_entropy_loss(scores.to(torch::kFloat), half, weights, at::Reduction::Mean, kUnlabelledPixel);
}

}  // namespace

Result<cv::Mat> segment_image(OnnxNet& net, const cv::Mat& image, double scale) {
  const torch::NoGradGuard no_grad;
  net.train(false);
  const SegmentExample padded =
      padded_to_multiple({"", image, cv::Mat::zeros(image.size(), CV_8U)}, kSegmenterMultiple);
  const Result<torch::Tensor> best = best_classes(net, stack(std::span(&padded, 1)), scale);
  if (!best) return fail(best.error());
  const torch::Tensor bytes = best->to(torch::kByte);
  return cv::Mat(padded.image.size(), CV_8U, bytes.data_ptr())(cv::Rect({}, image.size())).clone();
}

Result<SegmentScore> score_segmenter(OnnxNet& net, std::span<const SegmentExample> examples, double scale) {
  Confusion confusion{};
  for (const SegmentExample& example : examples) {
    const Result<cv::Mat> guessed = segment_image(net, example.image, scale);
    if (!guessed) return fail(guessed.error());
    for (int y = 0; y < guessed->rows; ++y) {
      for (int x = 0; x < guessed->cols; ++x) {
        const unsigned char truth = example.mask.at<unsigned char>(y, x);
        if (truth != kUnlabelledPixel) ++confusion[truth][guessed->at<unsigned char>(y, x)];
      }
    }
  }
  return score_of(confusion);
}

Result<TrainedNet> train_segmenter(const SegmentOptions& options, std::span<const SegmentExample> train,
                                   std::span<const SegmentExample> val, std::ostream& messages) {
  if (train.empty()) return fail(Code::invalid, "there is no image with a mask to train on");
  seed_torch(options.program.seed, options.program.threads);
  Result<OnnxNet> net = make_net(build_segmenter(options.shape, options.program.seed));
  if (!net) return fail(net.error());
  torch::optim::AdamW optimizer = make_adamw(net->parameters(), options.rate, options.weight_decay);
  EpochOrder order(train.size(), options.program.seed);
  const torch::Device device = training_device();
  const torch::Tensor weights =
      torch::tensor(class_weights(train, options.weight_strength)).to(torch::kFloat).to(device);

  const auto loss = [&](std::int64_t step) -> Result<StepLoss> {
    Random random = step_random(options.program.seed, step, "segment augmentation");
    std::vector<SegmentExample> crops;
    for (int i = 0; i < options.batch; ++i) {
      crops.push_back(random_crop(train[order.at(step * options.batch + i)], options.augment, random));
    }
    const SegmentBatch batch = stack(crops);
    const Bf16Scope low(!options.program.full && bf16_is_fast());
    const auto scores = net->forward({batch.images.to(device)});
    if (!scores) return fail(scores.error());
    return StepLoss{pixel_loss((*scores)[0], batch.masks.to(device), weights, random), {}, options.batch};
  };
  const auto score = [&]() -> Result<double> {
    const Result<SegmentScore> scored = score_segmenter(*net, val, 1);
    if (!scored) return fail(scored.error());
    return scored->mean_iou;
  };

  LoopOptions loop;
  loop.steps = options.steps;
  loop.warmup_steps = std::min(options.steps / 20, 200);
  loop.rate = options.rate;
  loop.final_fraction = 0.01;
  loop.clip_norm = 5;
  loop.checkpoint = options.program.out / "segment.ckpt";
  loop.checkpoint_every = 250;
  loop.evaluate_every = options.evaluate_every;
  loop.values = {
      {"net", "segment"},
      {"batch", std::to_string(options.batch)},
      {"rate", std::to_string(options.rate)},
      {"crop", std::to_string(options.augment.crop.width) + "x" + std::to_string(options.augment.crop.height)}};
  NetTraining training{*net, optimizer, options.average_decay, loss, "mIoU", score};
  if (val.empty()) training.score = nullptr;
  return train_net(training, options.program, loop, messages);
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "bench/switchable/pictures.hpp"

#include <memory>

#include "elastic/switchable/whole_network.hpp"
#include "kernels/eval/agreement.hpp"
#include "stages/coding/picture_coder.hpp"

namespace weir::bench {
namespace {

struct Rival {
  const char* series;
  RungKind kind;
  std::vector<int> qualities;
};

const std::vector<Rival>& rivals() {
  static const std::vector<Rival> all{{"jpeg", RungKind::jpeg, {90, 70, 50, 35, 25, 18, 12, 8, 5}},
                                      {"webp", RungKind::webp, {80, 60, 40, 25, 15, 8, 3, 1}},
                                      {"h264", RungKind::h264, {88, 84, 80, 77, 74, 71, 68, 65, 62, 58}}};
  return all;
}

/// Searches what arrives of pictures.
class Searcher {
 public:
  static Result<Searcher> create(const Subject& subject, const Recording& recording) {
    Searcher searcher(subject, recording);
    auto network = WholeNetwork::load(subject.network, *searcher.options_);
    if (!network) return fail(network.error());
    searcher.network_ = std::move(*network);
    for (const ImageView& view : recording.views()) {
      auto boxes = searcher.network_->detect(view);
      if (!boxes) return fail(boxes.error());
      searcher.expected_.push_back(std::move(*boxes));
    }
    return searcher;
  }

  Result<CurvePoint> send(const Rival& rival, int quality) {
    PictureEncoder encoder(kWidth, kHeight);
    PictureDecoder decoder;
    SetupScore score;
    double sum = 0;
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      const ImageView& image = recording_.frames[i].image;
      if (Status status = encoder.encode(image, rival.kind, quality, bytes_); !status) return fail(status.error());
      sum += static_cast<double>(bytes_.size());
      Status status = decoder.decode(bytes_, rival.kind, kWidth, kHeight, picture_);
      if (!status) return fail(status.error());
      auto found = network_->detect(picture_.image);
      if (!found) return fail(found.error());
      score.frames.push_back({expected_[i], std::move(*found)});
    }
    return CurvePoint{rival.series, rival.series + ("-" + std::to_string(quality)),
                      sum / static_cast<double>(expected_.size()), agreement(score.frames).average_precision,
                      precision_on_truth(subject_, recording_, score)};
  }

 private:
  Searcher(const Subject& subject, const Recording& recording)
      : subject_(subject),
        recording_(recording),
        options_(std::make_unique<MeasureOptions>(measure_options(subject))) {}

  const Subject& subject_;
  const Recording& recording_;
  std::unique_ptr<MeasureOptions> options_;  // stays in its place, for the network
  std::unique_ptr<WholeNetwork> network_;
  std::vector<std::vector<Detection>> expected_;
  std::vector<std::uint8_t> bytes_;
  Frame picture_;
};

}  // namespace

Result<Curve> picture_curves(const Subject& subject, const Recording& recording) {
  auto searcher = Searcher::create(subject, recording);
  if (!searcher) return fail(searcher.error());
  Curve curve;
  for (const Rival& rival : rivals()) {
    for (const int quality : rival.qualities) {
      auto point = searcher->send(rival, quality);
      if (!point) return fail(point.error());
      curve.push_back(std::move(*point));
    }
  }
  return curve;
}

}  // namespace weir::bench

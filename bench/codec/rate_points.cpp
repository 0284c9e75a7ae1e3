// SPDX-License-Identifier: Apache-2.0
#include "bench/codec/rate_points.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "kernels/codec/feature_decoder.hpp"
#include "kernels/codec/feature_encoder.hpp"

namespace weir::bench {
namespace {

/// Adds up what becomes of a recording's frames.
class Tally {
 public:
  Tally(SeamNetwork& network, const FeatureSet& set) : network_(network), set_(set) {}

  Status add(const TensorView& features, double bytes) {
    auto boxes = network_.detect(features);
    if (!boxes) return boxes.error();
    found_.push_back(*std::move(boxes));
    bytes_ += bytes;
    return {};
  }

  RatePoint point() const {
    const auto n = static_cast<double>(found_.size());
    return {bytes_ / n, agreement(found_, set_.boxes)};
  }

 private:
  SeamNetwork& network_;
  const FeatureSet& set_;
  std::vector<std::vector<Detection>> found_;
  double bytes_ = 0;
};

double entropy_bytes(const std::map<int, double>& counts) {
  double all = 0, bits = 0;
  for (const auto& [symbol, count] : counts) all += count;
  for (const auto& [symbol, count] : counts) bits -= count * std::log2(count / all);
  return bits / 8;
}

}  // namespace

Result<RatePoint> send_recording(SeamNetwork& network, const FeatureSet& set,
                                 const std::shared_ptr<const CodeTables>& tables, std::size_t rung) {
  FeatureEncoder encoder(tables);
  FeatureDecoder decoder(tables);
  Tensor decoded;
  Tally tally(network, set);
  for (std::size_t i = 0; i < set.tensors.size(); ++i) {
    const auto message = encoder.encode(set.tensors[i].view(), rung, i);
    if (!message) return fail(message.error());
    if (const auto d = decoder.decode(*message, decoded); !d) return fail(d.error());
    encoder.acknowledge(i);
    if (Status s = tally.add(decoded.view(), static_cast<double>(message->size())); !s) return fail(s.error());
  }
  return tally.point();
}

Result<RatePoint> entropy_baseline(SeamNetwork& network, const FeatureSet& set, int bits) {
  const auto channels = static_cast<std::size_t>(set.tensors.front().shape()[1]);
  const std::size_t plane = set.tensors.front().shape().elements() / channels;
  std::vector<Tensor> quantised;
  for (const Tensor& t : set.tensors) quantised.emplace_back(t.view().dtype, t.shape());
  double bytes = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    float low = set.tensors.front().view().as<float>()[c * plane], high = low;
    for (const TensorView& t : set.views()) {
      const auto values = t.as<float>().subspan(c * plane, plane);
      low = std::min(low, *std::min_element(values.begin(), values.end()));
      high = std::max(high, *std::max_element(values.begin(), values.end()));
    }
    const float step = std::max(high - low, 1e-6F) / static_cast<float>((1 << bits) - 1);
    std::map<int, double> symbols, changes;
    std::vector<int> before(plane, 0);
    for (std::size_t f = 0; f < set.tensors.size(); ++f) {
      const auto values = set.tensors[f].view().as<float>().subspan(c * plane, plane);
      const auto out = quantised[f].as<float>().subspan(c * plane, plane);
      for (std::size_t i = 0; i < plane; ++i) {
        const int symbol = static_cast<int>(std::lround((values[i] - low) / step));
        ++symbols[symbol];
        if (f > 0) ++changes[symbol - before[i]];
        before[i] = symbol;
        out[i] = low + static_cast<float>(symbol) * step;
      }
    }
    bytes += std::min(entropy_bytes(symbols), entropy_bytes(changes));
  }
  Tally tally(network, set);
  for (const Tensor& t : quantised) {
    if (Status s = tally.add(t.view(), bytes / static_cast<double>(quantised.size())); !s) return fail(s.error());
  }
  return tally.point();
}

Result<RatePoint> jpeg_baseline(SeamNetwork& network, const FeatureSet& set, int quality) {
  Tally tally(network, set);
  for (const std::string& file : set.files) {
    const cv::Mat image = cv::imread(file);
    const double ratio = std::min(640.0 / image.cols, 192.0 / image.rows);
    cv::Mat small, back;
    cv::resize(image, small, {static_cast<int>(image.cols * ratio), static_cast<int>(image.rows * ratio)});
    std::vector<std::uint8_t> jpeg;
    cv::imencode(".jpg", small, jpeg, {cv::IMWRITE_JPEG_QUALITY, quality});
    back = cv::imdecode(jpeg, cv::IMREAD_COLOR);
    const auto features = network.features({back.data, back.cols, back.rows, static_cast<std::ptrdiff_t>(back.step)});
    if (!features) return fail(features.error());
    if (Status s = tally.add(features->view(), static_cast<double>(jpeg.size())); !s) return fail(s.error());
  }
  return tally.point();
}

}  // namespace weir::bench

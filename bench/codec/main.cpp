// SPDX-License-Identifier: Apache-2.0
// What the feature codec takes and leaves of YOLOX-Nano's boxes, and how fast it is.
//
// Nothing is calibrated on what it is measured on: for drive 0052 the tables come from KITTI tracking 0002, for 0002
// from drive 0052, both with single frames of the object benchmark, which also give the sensitivities.
#include <algorithm>
#include <cmath>

#include "bench/codec/rate_points.hpp"
#include "bench/codec/sensitivity.hpp"
#include "bench/codec/speed.hpp"
#include "bench/common/bench_main.hpp"

namespace weir::bench {
namespace {

constexpr double kWanted = 0.99;
constexpr std::size_t kBrief = 3;
/// The ladder: steps by sensitivity from fine to coarse, and 4 bits in every channel to compare with.
constexpr float kNoise[] = {0.3F, 0.37F, 0.45F, 0.54F, 0.65F, 0.8F, 1.0F, 1.4F};
constexpr float kHold = 0.1F;
constexpr std::size_t kUniform = std::size(kNoise);
/// Steps shrink by less than the root of the sensitivity: that is measured with little noise, and a step wide enough to
/// swallow a channel's small activations harms more than it tells.
constexpr float kSensitivityPower = 0.8F;

struct Data {
  FeatureSet still, moving, single, more_single;
};

Result<Data> read_data(SeamNetwork& network, std::size_t most) {
  Data data;
  for (const auto& [set, folder] :
       {std::pair{&data.still, "kitti_raw/2011_09_26/2011_09_26_drive_0052_sync/image_02/data"},
        std::pair{&data.moving, "kitti_tracking/image_02/0002"}, std::pair{&data.single, "kitti_object/unlabelled"},
        std::pair{&data.more_single, "kitti_object/image_2"}}) {
    auto read = read_feature_set(network, folder, most);
    if (!read) return fail(read.error());
    *set = *std::move(read);
  }
  return data;
}

Result<std::shared_ptr<const CodeTables>> make_tables(const FeatureSet& recording, const Data& data,
                                                      std::vector<float> sensitivity) {
  std::vector<std::vector<TensorView>> recordings{recording.views()};
  for (const FeatureSet* set : {&data.single, &data.more_single}) {
    for (const TensorView& view : set->views()) recordings.push_back({view});
  }
  CalibrationOptions options;
  for (float& s : sensitivity) s = std::pow(s, kSensitivityPower);
  options.sensitivity = std::move(sensitivity);
  for (const float noise : kNoise) {
    options.rungs.push_back({.name = "noise " + std::to_string(noise), .noise = noise, .hold = kHold});
  }
  options.rungs.push_back({.name = "4 bits", .bits = 4});
  return calibrate(recordings, options);
}

Result<std::vector<RatePoint>> send_all(SeamNetwork& network, const FeatureSet& set,
                                        const std::shared_ptr<const CodeTables>& tables) {
  std::vector<RatePoint> points;
  for (std::size_t rung = 0; rung < tables->rungs().size(); ++rung) {
    auto point = send_recording(network, set, tables, rung);
    if (!point) return fail(point.error());
    points.push_back(*point);
  }
  return points;
}

/// The fewest bytes of an allocated rung with the wanted precision, or those of the finest when none has it.
const RatePoint& cheapest(const std::vector<RatePoint>& points, double wanted) {
  const RatePoint* best = &points.front();
  for (std::size_t i = 0; i < kUniform; ++i) {
    if (points[i].precision >= wanted && points[i].bytes < best->bytes) best = &points[i];
  }
  return *best;
}

Also as_also(const std::vector<RatePoint>& points) {
  Also also;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::string name = i == kUniform ? "4_bits" : std::to_string(i);
    also.emplace_back("bytes_" + name, points[i].bytes);
    also.emplace_back("ap_" + name, points[i].precision);
  }
  return also;
}

Status add_baselines(SeamNetwork& network, const FeatureSet& set, Also& also) {
  const auto entropy = entropy_baseline(network, set, 4);
  if (!entropy) return entropy.error();
  const auto jpeg = jpeg_baseline(network, set, 95);
  if (!jpeg) return jpeg.error();
  also.insert(also.end(), {{"entropy_4_bits_bytes", entropy->bytes},
                           {"entropy_4_bits_ap", entropy->precision},
                           {"jpeg_95_bytes", jpeg->bytes},
                           {"jpeg_95_ap", jpeg->precision}});
  return {};
}

Status print_rates(Reporter& reporter, SeamNetwork& network, const Data& data) {
  const auto sensitivity = channel_sensitivity(network, data.single);
  if (!sensitivity) return sensitivity.error();
  const auto tables = make_tables(data.moving, data, *sensitivity);
  if (!tables) return tables.error();
  const auto still = send_all(network, data.still, *tables);
  if (!still) return still.error();
  Also also = as_also(*still);
  if (Status s = add_baselines(network, data.still, also); !s) return s;
  also.emplace_back("table_bytes", static_cast<double>((*tables)->bytes().size()));
  const RatePoint& chosen = cheapest(*still, kWanted);
  also.emplace_back("ap", chosen.precision);
  reporter.print("bytes_at_ap99", summarise({chosen.precision >= kWanted ? chosen.bytes : 1e6}), also);

  const auto rung = static_cast<std::size_t>(&chosen - still->data());
  const CodecTimes times = time_codec(*tables, rung, data.still.tensors, reporter.brief() ? 1 : 15);
  reporter.print("encode_decode_ms", summarise(times.both_ms),
                 {{"encode_ms", summarise(times.encode_ms).value}, {"decode_ms", summarise(times.decode_ms).value}});

  const auto other = make_tables(data.still, data, *sensitivity);
  if (!other) return other.error();
  const auto moving = send_all(network, data.moving, *other);
  if (!moving) return moving.error();
  Also points = as_also(*moving);
  if (Status s = add_baselines(network, data.moving, points); !s) return s;
  reporter.print("moving_bytes_at_ap95", summarise({cheapest(*moving, 0.95).bytes}), points);
  return {};
}

Status run(Reporter& reporter) {
  const auto speeds = reporter.brief() ? time_packing(1, 5) : time_packing(15, 200);
  reporter.print("pack_gbs", summarise(speeds));
  auto network = SeamNetwork::load();
  if (!network) return network.error();
  const auto data = read_data(**network, reporter.brief() ? kBrief : 1000);
  if (!data) return data.error();
  return print_rates(reporter, **network, *data);
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "codec", weir::bench::run); }

// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/published_ladder.hpp"

#include <array>
#include <utility>

namespace weir {
namespace {

using std::chrono::milliseconds;

constexpr Duration kHead = milliseconds(6), kTail = milliseconds(6), kEncode = milliseconds(4);
constexpr double kStem = 401'408;     // values of the first layer's output, 32 x 112 x 112
constexpr double kStemShare = 0.036;  // of the network's operations that make it
constexpr double kImage = 224 * 224 * 3;

struct Width {
  int channels;
  std::array<double, 4> error;  // at 8, 4, 2 and 1 bit
};
constexpr std::array<Width, 10> kWidths{{{1, {.1574, .1583, .1761, .2108}},
                                         {2, {.1428, .1472, .1474, .1894}},
                                         {3, {.1426, .1451, .1501, .1818}},
                                         {4, {.1434, .1415, .1476, .1711}},
                                         {5, {.1435, .1423, .1464, .1613}},
                                         {6, {.1448, .1415, .1492, .1586}},
                                         {7, {.1430, .1443, .1425, .1588}},
                                         {8, {.1445, .1429, .1470, .1635}},
                                         {16, {.1412, .1410, .1439, .1551}},
                                         {32, {.1387, .1384, .1440, .1486}}}};
constexpr std::array<int, 4> kBits{8, 4, 2, 1};

/// A place where MobileNetV2 can be cut: share of its operations before it, and values that cross it.
struct Cut {
  const char* name;
  double share, values;
};
constexpr std::array<Cut, 6> kCuts{{{"stem", kStemShare, kStem},
                                    {"block1", .069, 200'704},
                                    {"block2", .17, 75'264},
                                    {"block4", .30, 25'088},
                                    {"block7", .40, 12'544},
                                    {"block14", .75, 7'840}}};

/// An early exit behind the stem: share of frames that leave by it, and accuracy over all frames.
struct Exit {
  const char* name;
  double share, accuracy;
};
constexpr std::array<Exit, 4> kExits{
    {{"", 0, kPublishedAccuracy}, {"_t70", .04, .834}, {"_t50", .098, .816}, {"_t30", .244, .741}}};

constexpr double kPixels = 224.0 * 224 / (640 * 192);  // of this network's image to those of the measured video
using Point = std::pair<double, double>;               // bytes of a 640x192 frame, share of detections kept
constexpr std::array<Point, 4> kJpeg{{{47'998, .949}, {26'218, .919}, {19'538, .826}, {14'504, .632}}};
constexpr std::array<Point, 6> kH264{
    {{21'254, .910}, {14'686, .878}, {11'423, .904}, {7'732, .728}, {5'925, .696}, {3'981, .495}}};
constexpr std::array<Point, 5> kStillH264{{{10'740, .984}, {4'989, .973}, {2'430, .943}, {1'261, .855}, {695, .753}}};

Duration scaled(Duration whole, double share) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(whole.count()) * share));
}

Rung split(std::string name, const Cut& cut, double bytes) {
  Rung rung;
  rung.name = std::move(name);
  rung.bytes = rung.bytes_p90 = bytes;
  rung.device = scaled(kHead, cut.share / kStemShare);
  rung.cloud = scaled(kTail, (1 - cut.share) / (1 - kStemShare));
  rung.accuracy = kPublishedAccuracy;
  return rung;
}

void add_splits(Ladder& ladder) {
  for (const Cut& cut : kCuts) {
    for (const Exit& exit : kExits) {
      Rung rung = split(std::string("split_") + cut.name + exit.name, cut, 0.8 * cut.values + 40);
      rung.bits = 8;
      rung.exits = exit.share;
      rung.accuracy = exit.accuracy;
      ladder.rungs.push_back(std::move(rung));
    }
    ladder.rungs.push_back(split(std::string("float_") + cut.name, cut, 4 * cut.values + 32));
  }
  Rung image = split("float_image", {"image", 0, kImage}, kImage + 32);
  image.kind = RungKind::raw;
  ladder.rungs.push_back(std::move(image));
  ladder.rungs.push_back(split("float_device", {"device", 1, 0}, 0));
}

template <std::size_t N>
void add_codec(Ladder& ladder, RungKind kind, Duration encode, const std::array<Point, N>& points) {
  for (const auto& [bytes, kept] : points) {
    Rung rung;
    rung.kind = kind;
    rung.bytes = rung.bytes_p90 = bytes * kPixels + 32;
    rung.name = std::string(to_string(kind)) + "_" + std::to_string(static_cast<int>(bytes));
    rung.device = encode;
    rung.cloud = kTail;
    rung.accuracy = kPublishedAccuracy * kept;
    ladder.rungs.push_back(std::move(rung));
  }
}

}  // namespace

Ladder published_ladder() {
  Ladder ladder;
  for (const Width& width : kWidths) {
    for (std::size_t i = 0; i < kBits.size(); ++i) {
      Rung rung;
      rung.name = "N" + std::to_string(width.channels) + "Q" + std::to_string(kBits[i]);
      rung.bytes = rung.bytes_p90 = width.channels * (kStem / 32 * kBits[i] / 8 + 8) + 32;
      rung.device = kHead;
      rung.cloud = kTail;
      rung.accuracy = 1 - width.error[i];
      rung.setup = static_cast<std::int32_t>(ladder.rungs.size());
      rung.bits = kBits[i];
      ladder.rungs.push_back(std::move(rung));
    }
  }
  return ladder;
}

Ladder published_rivals() {
  Ladder ladder;
  add_splits(ladder);
  add_codec(ladder, RungKind::jpeg, milliseconds(2), kJpeg);
  add_codec(ladder, RungKind::h264, kEncode, kH264);
  return ladder;
}

Ladder published_still_ladder() {
  Ladder ladder = published_ladder();
  add_codec(ladder, RungKind::h264, kEncode, kStillH264);
  return ladder;
}

Ladder published_ladder_for(std::string_view policy) {
  const bool rival = policy == "spinn" || policy == "neurosurgeon" || policy.starts_with("remote-");
  return rival ? published_rivals() : published_ladder();
}

}  // namespace weir

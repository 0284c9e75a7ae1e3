// SPDX-License-Identifier: Apache-2.0
#include "app/profile_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/text.hpp"
#include "stages/infer/views.hpp"

namespace weir::app {
namespace {

double to_ms(Duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

constexpr std::size_t kShortestName = 12;  // so much room names have

int name_width(const RateProfile& profile) {
  std::size_t width = kShortestName;
  for (const MeasuredRung& measured : profile.all) width = std::max(width, measured.rung.name.size());
  return static_cast<int>(width);
}

/// "320x96" of a picture that is smaller than the network's input, else empty.
std::string size_of(const Rung& rung) { return rung.width > 0 ? extent_text(rung.width, rung.height) : std::string(); }

bool kept(const RateProfile& profile, const std::string& name) {
  return std::ranges::find(profile.ladder.rungs, name, &Rung::name) != profile.ladder.rungs.end();
}

}  // namespace

std::string profile_table(const RateProfile& profile) {
  const int width = name_width(profile);
  std::string text = print("%-*s  %9s  %9s  %8s  %8s  %9s  %9s  %8s\n", width, "rung", "bytes", "p90", "agree AP",
                           "encode", "decode", "device", "cloud");
  for (const MeasuredRung& measured : profile.all) {
    const Rung& rung = measured.rung;
    text += print("%-*s  %9.0f  %9.0f  %8.3f  %5.1f ms  %6.1f ms  %6.1f ms  %5.1f ms%s\n", width, rung.name.c_str(),
                  rung.bytes, rung.bytes_p90, rung.accuracy, measured.encode_ms, measured.decode_ms, to_ms(rung.device),
                  to_ms(rung.cloud), kept(profile, rung.name) ? "" : "  left out");
  }
  if (profile.ladder.local_accuracy > 0) {
    text += print("%-*s  %9d  %9d  %8.3f  %8s  %9s  %6.1f ms\n", width, "local", 0, 0, profile.ladder.local_accuracy,
                  "", "", to_ms(profile.ladder.local));
  }
  text += print("agreement over %zu boxes; %zu of %zu rungs are in the ladder\n", profile.expected,
                profile.ladder.rungs.size(), profile.all.size());
  return text;
}

std::string profile_points(const RateProfile& profile) {
  std::string lines;
  for (const MeasuredRung& measured : profile.all) {
    const Rung& rung = measured.rung;
    const std::string size = size_of(rung);
    const std::string series = std::string(to_string(rung.kind)) + (size.empty() ? "" : " " + size);
    const nlohmann::ordered_json line{{"series", series}, {"x", rung.bytes}, {"y", rung.accuracy}, {"rung", rung.name}};
    lines += line.dump() + "\n";
  }
  return lines;
}

std::string profile_json(const RateProfile& profile) {
  nlohmann::ordered_json rungs = nlohmann::ordered_json::array();
  for (const MeasuredRung& measured : profile.all) {
    const Rung& rung = measured.rung;
    rungs.push_back({{"name", rung.name},
                     {"kind", to_string(rung.kind)},
                     {"bytes", rung.bytes},
                     {"bytes_p90", rung.bytes_p90},
                     {"accuracy", rung.accuracy},
                     {"encode_ms", measured.encode_ms},
                     {"decode_ms", measured.decode_ms},
                     {"device_ms", to_ms(rung.device)},
                     {"cloud_ms", to_ms(rung.cloud)},
                     {"left_out", !kept(profile, rung.name)}});
    if (rung.width > 0) rungs.back()["size"] = size_of(rung);
  }
  const nlohmann::ordered_json json{{"fingerprint", profile.ladder.fingerprint},
                                    {"expected_boxes", profile.expected},
                                    {"local_accuracy", profile.ladder.local_accuracy},
                                    {"local_ms", to_ms(profile.ladder.local)},
                                    {"rungs", std::move(rungs)}};
  return json.dump(2) + "\n";
}

}  // namespace weir::app

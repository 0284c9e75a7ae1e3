// SPDX-License-Identifier: Apache-2.0
#include "bench/control/live.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/common/machine.hpp"
#include "bench/control/child.hpp"
#include "bench/net/shaped_networks.hpp"
#include "kernels/control/simulation.hpp"
#include "stages/control/ladder_file.hpp"
#include "stages/control/trace_capacity.hpp"

namespace weir::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kTraces[] = {"ATT-LTE-driving", "Verizon-LTE-short", "TMobile-LTE-short", "TMobile-UMTS-driving",
                                   "Verizon-EVDO-driving"};
constexpr Duration kOneWay = milliseconds(20);
constexpr Duration kPeriod = milliseconds(100);
constexpr Duration kLength = seconds(50);
// Of the simulation, so far apart: the program's clock begins somewhat after the program, by an unknown time.
constexpr int kStarts = 5;
constexpr Duration kStartStep = milliseconds(20);
// Of a packet on the link: the rest is the headers of IP and of TCP with time stamps, which the simulation has none of.
constexpr double kPayload = 1448.0 / 1500;
constexpr const char* kPipeline = WEIR_BINARY_DIR "/pipeline";
constexpr const char* kLaunch = WEIR_SOURCE_DIR "/launch/kitti_split.yaml";

/// The launch file's command line with the paths of this run.
std::vector<std::string> command(std::vector<std::string> verb, const std::string& folder) {
  const std::string model = data_path("models/yolox_nano.onnx");
  std::vector<std::string> all{kPipeline};
  all.insert(all.end(), verb.begin(), verb.end());
  const std::vector<std::string> values{"stages.camera={use: ingest.images, path: " +
                                            data_path("kitti_tracking/image_02/0002") + ", fps: 10, loop: true}",
                                        "stages.head.model=" + model,
                                        "stages.tail.model=" + model,
                                        "stages.head.tables=" + folder + "/tables.bin",
                                        "stages.tail.tables=" + folder + "/tables.bin",
                                        "stages.head.ladder=" + folder + "/ladder.json",
                                        "stages.control.ladder=" + folder + "/ladder.json",
                                        "stages.local.model=" + model,
                                        "stages.early.path=" + folder + "/early.jsonl",
                                        "stages.results.path=" + folder + "/results.jsonl",
                                        "stages.video={use: sink.null, in: answer}",
                                        "cloud.workers=[\"tcp://" + std::string(ShapedNetworks::kFar) + ":7450\"]"};
  for (const std::string& value : values) {
    all.push_back("--set");
    all.push_back(value);
  }
  return all;
}

Result<Child> start_in(const OwnNetwork& network, const std::vector<std::string>& of, const std::string& log) {
  const OwnNetwork::Visit visit(network);
  if (!visit.status()) return fail(visit.status().error());
  return Child::start(of, log);
}

Status failed(const std::string& what, const Child& child) {
  const std::string log = child.log();
  return {Code::io, what + ": " + log.substr(log.size() > 400 ? log.size() - 400 : 0)};
}

/// What a live run came to.
struct Seen {
  TimePoint begin{};                 ///< of the device's program, within the trace
  Duration first{};                  ///< from then on to its first frame
  double on_time = 0, answered = 0;  ///< shares of all frames
  int setups = 0;                    ///< that were used
  double forecast_error_ms = 0;      ///< median
};

/// When frame 0 was captured, by the program's clock.
Result<Duration> first_capture(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  const nlohmann::json answer = nlohmann::json::parse(line, nullptr, false);
  if (!answer.is_object()) return fail(Code::corrupt, file + " does not begin with an answer");
  const std::chrono::duration<double, std::milli> captured(answer.value("capture_ms", 0.0));
  return std::chrono::duration_cast<Duration>(captured) - answer.value("frame", 0) * kPeriod;
}

Result<Seen> run_live(const LinkTrace& up, const std::string& folder) {
  PathState back;
  back.delay = kOneWay;
  auto networks = ShapedNetworks::create({{up, LinkTrace(back)}, kLength + seconds(60)});
  if (!networks) return fail(networks.error());
  const auto created = std::chrono::steady_clock::now();
  const std::string address = "tcp://" + std::string(ShapedNetworks::kFar) + ":7450";
  auto worker = start_in((*networks)->far(), command({"worker", "--launch", kLaunch, "--listen", address}, folder),
                         folder + "/worker.log");
  if (!worker) return fail(worker.error());
  if (!worker->wait_for("ready\n")) return fail(failed("the worker does not start", *worker).error());
  const std::string time = std::to_string(std::chrono::duration_cast<seconds>(kLength).count()) + "s";
  Seen seen;
  seen.begin = TimePoint(std::chrono::steady_clock::now() - created);
  auto device = start_in((*networks)->near(),
                         command({"--launch", kLaunch, "--realtime", "--duration", time, "--report", folder}, folder),
                         folder + "/device.log");
  if (!device) return fail(device.error());
  if (device->wait() != 0) return fail(failed("the device's run failed", *device).error());
  worker->interrupt();
  std::ifstream in(folder + "/report.json");
  const nlohmann::json report = nlohmann::json::parse(in, nullptr, false);
  if (report.is_discarded()) return fail(Code::corrupt, folder + "/report.json is no JSON");
  const auto& frames = report["frames"];
  const double all = frames["in"].get<double>();
  const auto first = first_capture(folder + "/results.jsonl");
  if (!first) return fail(first.error());
  seen.first = *first;
  seen.on_time = frames["full"].get<double>() / all;
  seen.answered = seen.on_time + frames["local"].get<double>() / all;
  std::vector<double> errors;
  for (const auto& [name, setup] : report["controller"]["setups"].items()) {
    if (setup["answered"].get<int>() == 0) continue;
    ++seen.setups;
    errors.push_back(setup["forecast_error_ms"]["p50"].get<double>());
  }
  seen.forecast_error_ms = errors.empty() ? 0 : summarise(errors).value;
  return seen;
}

/// On-time share of the same ladder over the same part of the trace.
Result<double> simulate(const LinkTrace& up, const Ladder& ladder, TimePoint first_frame) {
  std::vector<CapacityStep> steps;
  double sum = 0;
  for (int start = 0; start < kStarts; ++start) {
    steps.clear();
    const TimePoint begin = first_frame + start * kStartStep;
    for (TimePoint at = begin; at < begin + kLength; at = up.next_change(at)) {
      steps.push_back({at - begin, kPayload * up.at(at).bits_per_second});
    }
    const auto capacity = Capacity::create(steps, kLength);
    if (!capacity) return fail(capacity.error());
    const auto policy = make_policy("mpc", ladder, {});
    if (!policy) return fail(policy.error());
    std::vector<FrameRecord> records;
    Simulation(*capacity, ladder, {.round_trip = 2 * kOneWay}).run(**policy, records);
    sum += summarise(records).on_time;
  }
  return sum / kStarts;
}

Status measure(Reporter& reporter, const std::string& folder) {
  auto profile = Child::start(command({"profile", kLaunch, "--out", folder}, folder), folder + "/profile.log");
  if (!profile) return profile.error();
  note("bench control: measuring the ladder");
  if (profile->wait() != 0) return failed("the ladder cannot be measured", *profile);
  const auto ladder = read_ladder_file(folder + "/ladder.json");
  if (!ladder) return ladder.error();
  std::vector<double> gaps, live, simulated, answered, setups, errors;
  for (const char* trace : kTraces) {
    const std::string file = data_path("traces/cellular_us_mahimahi/" + std::string(trace) + "_up.csv");
    if (file.empty()) continue;
    PathState path;
    path.delay = kOneWay;
    const auto up = LinkTrace::read(file, path);
    if (!up) return up.error();
    note(std::string("bench control: live over ") + trace);
    const auto seen = run_live(*up, folder);
    if (!seen) return seen.error();
    const auto expected = simulate(*up, *ladder, seen->begin + seen->first);
    if (!expected) return expected.error();
    note("bench control: in time " + std::to_string(100 * seen->on_time) + " %, simulated " +
         std::to_string(100 * *expected) + " %");
    live.push_back(seen->on_time);
    simulated.push_back(*expected);
    gaps.push_back(100 * (*expected - seen->on_time));
    answered.push_back(100 * seen->answered);
    setups.push_back(seen->setups);
    errors.push_back(seen->forecast_error_ms);
  }
  if (gaps.empty()) return {Code::unavailable, "the cellular uplinks of the reference data are absent"};
  double sum = 0;
  for (const double gap : gaps) sum += gap;
  const auto [least, most] = std::ranges::minmax(gaps);
  reporter.print("live_gap_points", {std::abs(sum) / static_cast<double>(gaps.size()), least, most, gaps.size()},
                 {{"live_on_time", summarise(live).value},
                  {"simulated_on_time", summarise(simulated).value},
                  {"answered_percent_least", *std::ranges::min_element(answered)},
                  {"uplinks", static_cast<double>(gaps.size())},
                  {"setups_used_median", summarise(setups).value},
                  {"forecast_error_ms_median", summarise(errors).value}});
  return {};
}

}  // namespace

Status print_live(Reporter& reporter) {
  constexpr const char* kMetric = "live_gap_points";
  if (reporter.brief()) {
    reporter.skip(kMetric, "takes minutes");
    return {};
  }
  if (data_path("models/yolox_nano.onnx").empty() || data_path("traces/index.csv").empty() ||
      !std::filesystem::exists(kPipeline)) {
    reporter.skip(kMetric, "the reference data or the program is absent");
    return {};
  }
  std::string folder = (std::filesystem::temp_directory_path() / "weir_live_XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return {Code::io, "cannot make the folder " + folder};
  const Status status = measure(reporter, folder);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (status || status.error().code != Code::unavailable) return status;
  reporter.skip(kMetric, status.error().text + "; run as root");
  return {};
}

}  // namespace weir::bench

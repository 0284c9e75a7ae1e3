// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline/base/concat.hpp"
#include "pipeline/launch/problems.hpp"
#include "pipeline/launch/values.hpp"
#include "pipeline/param.hpp"

namespace weir::settings {

// The launch file's own keys, declared as parameters are: the reader, the schema and the reference come from them.
inline constexpr Param<std::string> kName{
    {.name = "name", .help = "name of the graph in reports; without it the file's name"}, "weir"};
inline constexpr Param<Duration> kDeadline{
    {.name = "deadline",
     .help = "time from a frame's capture to its answer; without it answers are never late",
     .min = 1e-6}};
inline constexpr Param<std::vector<std::string>> kPlugins{
    {.name = "plugins", .help = "shared libraries with further stages; relative to the working directory"}, ""};
inline constexpr Param<std::int64_t> kThreads{
    {.name = "threads", .help = "worker threads; 0 = as many as cores", .min = 0, .max = 1024}, std::int64_t{0}};
inline constexpr Param<std::string> kAnswer{
    {.name = "answer",
     .help = "STAGE or STAGE.PORT whose packets are the answers; without it what feeds the first sink, or the first "
             "output of the last stage"},
    ""};
inline constexpr Param<std::string> kProvisional{
    {.name = "provisional",
     .help = "STAGE or STAGE.PORT on the device whose packets are published as early answers: such a one stands, as "
             "outcome local, for a frame whose answer is late or does not come"},
    ""};
inline constexpr Param<std::vector<std::string>> kWorkers{
    {.name = "workers",
     .help = "addresses of cloud workers: tls://HOST:PORT, nats://HOST:PORT/NAME, unix:/PATH, tcp://127.0.0.1:PORT; "
             "without any, and without workers_file, cloud stages run here"},
    ""};
inline constexpr Param<Path> kWorkersFile{
    {.name = "workers_file",
     .help = "text file of further workers, one address per line; it is read again when it changes: new ones are "
             "connected to, those that are gone finish what they have"},
    ""};
inline constexpr Param<std::string> kDevice{{.name = "device", .help = "name that workers know this device by"},
                                            "device"};
inline constexpr Param<std::int64_t> kInFlight{
    {.name = "in_flight",
     .help = "frames that each part of the graph may have with the workers at a time",
     .min = 1,
     .max = 64},
    std::int64_t{4}};
inline constexpr Param<double> kMaxMessage{
    {.name = "max_message", .help = "largest message that is sent or taken", .unit = "MB", .min = 0.1, .max = 64},
    16.0};
inline constexpr Param<Path> kCertificate{
    {.name = "certificate", .help = "PEM file that tells tls workers who this device is (scripts/make-certs)"}, ""};
inline constexpr Param<Path> kKey{{.name = "key", .help = "PEM file with the certificate's private key"}, ""};
inline constexpr Param<Path> kAuthority{
    {.name = "authority", .help = "PEM file of who signs the certificates of workers that are believed"}, ""};
inline constexpr Param<Path> kCredentials{
    {.name = "credentials",
     .help = "file of the login for NATS servers that want one: a .creds file, or lines user: NAME and password: "
             "SECRET"},
    ""};
inline constexpr Param<std::int64_t> kFrames{
    {.name = "frames",
     .help = "frames per stream whose answers are scored against truth; 0 = none",
     .min = 0,
     .max = 1e9},
    std::int64_t{5000}};
inline constexpr Param<std::string> kListen{
    {.name = "listen", .help = "HOST:PORT for Prometheus and health checks; a loopback address"}, ""};

inline constexpr Param<std::string> kUse{
    {.name = "use", .help = "kind of stage, as `pipeline stages` lists them", .required = true}};
inline constexpr Param<std::string> kIn{{.name = "in", .help = "what feeds the inputs"}, ""};
inline constexpr Param<std::string> kPlace{{.name = "place", .help = "where the stage runs", .choices = "device|cloud"},
                                           "device"};
inline constexpr Param<std::string> kOnError{
    {.name = "on_error", .help = "what a failed frame does: it is dropped, or the run stops", .choices = "drop|stop"},
    "drop"};
inline constexpr Param<std::int64_t> kParallel{
    {.name = "parallel", .help = "calls at once; only for stages without state", .min = 1, .max = 256},
    std::int64_t{1}};
inline constexpr Param<std::int64_t> kBatch{
    {.name = "batch", .help = "frames per call at most; only for stages that take batches", .min = 1, .max = 1024},
    std::int64_t{1}};
inline constexpr Param<Duration> kBatchTimeout{
    {.name = "batch_timeout",
     .help = "how long the first frame of a batch waits for others; only with batches",
     .min = 0,
     .max = 60},
    Duration(0)};
inline constexpr Param<std::string> kFallback{
    {.name = "fallback", .help = "stage that answers when the cloud does not; only with place: cloud"}, ""};

inline constexpr Param<std::int64_t> kCapacity{
    {.name = "capacity", .help = "packets per stream that may wait on the edge", .min = 1, .max = 65536},
    std::int64_t{4}};
inline constexpr Param<std::string> kWhenFull{{.name = "when_full",
                                               .help = "what happens to a packet that finds the edge full",
                                               .choices = "wait|drop_oldest|drop_newest|deadline"},
                                              "wait"};
inline constexpr Param<std::int64_t> kLag{{.name = "lag",
                                           .help = "frames between the packet that is read and the frame that reads it",
                                           .min = 1,
                                           .max = 1000},
                                          std::int64_t{1}};

inline constexpr std::array kTop{kName.info(),    kDeadline.info(), kPlugins.info(),
                                 kThreads.info(), kAnswer.info(),   kProvisional.info()};
inline constexpr std::array kStage{kUse.info(),      kIn.info(),    kPlace.info(),        kOnError.info(),
                                   kParallel.info(), kBatch.info(), kBatchTimeout.info(), kFallback.info()};
inline constexpr std::array kCloud{kWorkers.info(),  kWorkersFile.info(), kDevice.info(),
                                   kInFlight.info(), kMaxMessage.info(),  kCertificate.info(),
                                   kKey.info(),      kAuthority.info(),   kCredentials.info()};
inline constexpr std::array kEdge{kCapacity.info(), kWhenFull.info()};

/// Reads one of the keys above from `map` (which may be null); what is wrong goes to `problems` with `who` before it.
template <typename T>
std::optional<T> read(const YamlNode* map, const Param<T>& setting, std::string_view who, Problems& problems) {
  const ParamInfo info = setting.info();
  const YamlNode* node = map ? map->find(info.spec.name) : nullptr;
  if (!node) return std::nullopt;
  Result<ParamValue> value = read_value(info, *node);
  if (value) return std::get<T>(*std::move(value));
  problems.add(*node, concat(who, "key '", info.spec.name, "' ", value.error().text));
  return std::nullopt;
}

}  // namespace weir::settings

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/param.hpp"
#include "pipeline/parts/parted_stage.hpp"
#include "pipeline/registry.hpp"

namespace weir {

/// What an edge does with a packet that finds it full (runtime semantics, section 3).
enum class EdgePolicy : std::uint8_t { wait, drop_oldest, drop_newest, deadline };

/// The policy as a launch file spells it.
std::string_view to_string(EdgePolicy policy);

/// Whether and how an edge closes a cycle (runtime semantics, section 4).
enum class FeedbackKind : std::uint8_t { none, newest, lag };

enum class Place : std::uint8_t { device, cloud };

/// One stage of a checked launch file.
struct StageSpec {
  std::string name;
  const StageInfo* info = nullptr;
  std::vector<ParamValue> values;  ///< one per info->params, defaults filled in
  std::vector<bool> given;         ///< whether the launch file names it
  Place place = Place::device;
  bool stop_on_error = false;
  int parallel = 1;                                ///< calls at once; above 1 only where the stage allows it
  int batch = 1;                                   ///< frames per call at most
  Duration batch_timeout{};                        ///< how long the first frame of a batch waits for others
  std::string fallback;                            ///< cloud stages: the device stage that answers when no worker does
  std::function<std::unique_ptr<Stage>()> make{};  ///< makes the stage; empty: as its kind does
  std::shared_ptr<const PartedStage> parted{};     ///< where `info` points when the stage is applied to Parts

  std::unique_ptr<Stage> make_stage() const { return make ? make() : info->make(); }

  /// The stage as it is called for one part; itself when it gets whole frames.
  StageSpec for_one_part() const;

  /// Index of the parameter with this identity. One that the stage does not list is a bug of the stage, which shows at
  /// its first run: it ends the process.
  std::size_t param_index(const void* id) const;
};

/// One connection of an output port to an input port.
struct EdgeSpec {
  std::size_t from = 0, from_port = 0;  ///< indices into GraphSpec::stages and StageInfo::outputs
  std::size_t to = 0, to_port = 0;
  FeedbackKind feedback = FeedbackKind::none;
  int lag = 1;
  int capacity = 4;  ///< packets per stream
  EdgePolicy policy = EdgePolicy::wait;
  std::vector<StreamId> streams;  ///< streams whose tokens cross it, ascending
  std::string name;               ///< "camera.frame -> detect.frame"
};

/// One camera: a source stage is one stream, and the stream has the source's name.
struct StreamSpec {
  std::string name;
  std::size_t source = 0;
};

/// Where cloud stages run and how they are reached.
struct CloudSpec {
  std::vector<std::string> workers;  ///< addresses
  std::string workers_file;          ///< of further addresses, that come and go; empty: none
  std::string device = "device";     ///< name that workers know this device by
  int in_flight = 4;                 ///< frames that may be with the workers at a time, for each part of the graph
  std::size_t max_message = std::size_t{16} << 20;  ///< bytes
  std::string certificate, key, authority;          ///< PEM files for tls
  std::string credentials;                          ///< file of the login at NATS servers

  /// Whether cloud stages run elsewhere, be it that no worker is there yet; else they run in this process.
  bool remote() const { return !workers.empty() || !workers_file.empty(); }
};

/// A checked graph: everything a run needs, with every name resolved and every type compatible.
struct GraphSpec {
  std::string name;
  std::optional<Duration> deadline;  ///< from capture to answer
  std::vector<StageSpec> stages;     ///< topologically sorted, feedback edges aside
  std::vector<EdgeSpec> edges;
  std::vector<StreamSpec> streams;
  std::size_t answer_stage = 0, answer_port = 0;  ///< output port whose tokens are the answers
  /// Output port whose packets are answers too, published before better ones may come; none in most graphs.
  std::optional<std::size_t> provisional_stage;
  std::size_t provisional_port = 0;
  std::string metrics_listen;  ///< "127.0.0.1:9464"; empty = none
  CloudSpec cloud;
  int threads = 0;             ///< TBB workers; 0 = as many as cores
  int accuracy_frames = 5000;  ///< frames per stream whose answers are scored against truth; 0 = none
  std::string config_sha256;   ///< of the effective configuration
  std::string config_text;     ///< the effective configuration as YAML
};

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "kernels/base/random.hpp"
#include "kernels/base/status.hpp"
#include "pipeline/clock.hpp"
#include "pipeline/packet.hpp"
#include "pipeline/param.hpp"
#include "pipeline/port.hpp"
#include "pipeline/reason.hpp"

namespace weir {

/// How many calls of `process` may run at once (runtime semantics, section 7).
enum class Concurrency : std::uint8_t { serial, serial_per_stream, parallel };

/// What the runtime must know to run a stage; declared as `static constexpr Execution execution{...}`.
struct Execution {
  Concurrency concurrency = Concurrency::serial;
  bool blocking = false;  ///< process may wait (disk, socket, device): it gets a thread of its own, never a TBB worker
  bool source = false;    ///< has no inputs; process makes the next frame on a thread of its own
  bool live = false;      ///< sources: frames come at their own pace and cannot be held back
  bool batches =
      false;  ///< process may get several frames at once (launch keys `batch`, `batch_timeout`): Context::count
  /// serial_per_stream: where frames of a stream come late, out of order or not at all, it is the stage that copes; so
  /// several may be under way to a worker.
  bool any_order = false;
  /// An empty input whose quality says `predicted` means "no answer for this frame", and it puts out what it expects.
  bool carries_forward = false;
};

class DecisionLog;
class LinkMonitor;
class OpenContext;
class Context;

/// One step of the graph. Members `inputs`, `outputs`, `params` (std::arrays of info()), `execution` and `summary` are
/// static constexpr and optional. Calls never overlap unless `execution` says parallel.
class Stage {
 public:
  virtual ~Stage() = default;

  /// Prepares for the first frame; an error ends the run before it starts.
  virtual Status open(OpenContext&) { return {}; }

  /// Works on one frame. An error makes this frame a gap `error:<stage>`; the run goes on unless `on_error: stop`.
  virtual Status process(Context& cx) = 0;

  /// Finishes after the last frame; an error fails the run.
  virtual Status close() { return {}; }
};

/// What a stage sees while it opens. Bound to the calling thread.
class OpenContext {
 public:
  virtual ~OpenContext() = default;

  template <typename T>
  const T& param(const Param<T>& param) const {
    return std::get<T>(value_of(param.id()));
  }
  /// Whether the launch file gives the parameter a value.
  template <typename T>
  bool given(const Param<T>& param) const {
    return is_given(param.id());
  }

  virtual std::string_view stage_name() const = 0;
  virtual std::uint64_t seed() const = 0;                    ///< derived from the run's seed and the stage's name
  virtual std::span<const std::string> streams() const = 0;  ///< names, by StreamId
  virtual bool realtime() const = 0;                         ///< frames come at the recording's pace
  virtual int parallel() const { return 1; }                 ///< calls of process that may run at once
  virtual int batch() const { return 1; }                    ///< frames a call may hold
  virtual Clock& clock() = 0;
  /// What requests to workers meet, for as long as the run lasts; null where there is no run.
  virtual LinkMonitor* link() { return nullptr; }
  /// Where controllers say what they chose; null where there is no run.
  virtual DecisionLog* decisions() { return nullptr; }
  virtual void warn(std::string text) = 0;  ///< shown to the user, with the stage's name

 private:
  virtual const ParamValue& value_of(const void* id) const = 0;
  virtual bool is_given(const void* id) const = 0;
};

/// What a stage sees while it works on one frame: inputs, outputs, time. Bound to the calling thread and the call.
class Context {
 public:
  virtual ~Context() = default;

  /// The payload at an input, or null where an optional input has a gap. Valid for this call only.
  template <typename T, typename... Ts>
  const T* get(const InAnyOf<Ts...>& port) const {
    return input(port.id()).template get<T>();
  }
  template <typename T>
  const T* get(const In<T>& port) const {
    return input(port.id()).template get<T>();
  }

  /// The shared handle at an input, to keep or to pass on; empty for a gap.
  template <typename... Ts>
  const Packet& packet(const InAnyOf<Ts...>& port) const {
    return input(port.id());
  }

  /// A recycled, cleared payload that leaves by `port` when process returns without error. Call once per port and
  /// frame.
  template <typename T>
  T& emit(const Out<T>& port) {
    auto* packet = static_cast<detail::Pool<T>&>(pool(port.id())).take();
    set_output(port.id(), Packet(packet), packet);
    return packet->value;
  }

  /// Lets an input's packet leave by `port` as it is, without a copy.
  template <typename T>
  void forward(const Out<T>& port, const Packet& packet) {
    set_output(port.id(), packet, nullptr);
  }

  /// Gives this frame up for a reason of the stage's own: gaps leave by all outputs, and it counts as no error.
  virtual void drop(Reason reason) = 0;

  virtual const Stamp& stamp() const = 0;
  virtual Quality& quality() = 0;          ///< of what this call emits; starts as the worst of the inputs
  virtual Duration remaining() const = 0;  ///< time left to the deadline; Duration::max() without one
  virtual TimePoint now() const = 0;
  virtual bool stopping() const = 0;  ///< a source returns soon when true

  /// The value of a `live` parameter in force for this frame.
  template <typename T>
  const T& param(const Param<T>& param) const {
    return std::get<T>(value_of(param.id()));
  }

  /// Sources: when the frame was taken, counted from the recording's start. Paces a run in real time.
  virtual void set_media_time(Duration since_start) = 0;
  /// Sources: there is no further frame; what was emitted in this call is discarded.
  virtual void end_of_stream() = 0;

  /// Shown to the user, with the stage's name: what happened while the run goes on (a camera stopped, a file is
  /// damaged).
  virtual void warn(std::string) {}

  /// Stages that declare batching: how many frames this call holds (1 otherwise), and each of them.
  virtual std::size_t count() const { return 1; }
  virtual Context& item(std::size_t) { return *this; }

 private:
  friend class PortAccess;
  virtual const Packet& input(const void* id) const = 0;
  virtual detail::PoolBase& pool(const void* id) = 0;
  virtual void set_output(const void* id, Packet packet, detail::PacketHeader* fresh) = 0;
  virtual const ParamValue& value_of(const void* id) const = 0;
};

}  // namespace weir

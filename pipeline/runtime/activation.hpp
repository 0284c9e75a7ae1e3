// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/payloads.hpp"
#include "pipeline/runtime/run_state.hpp"
#include "pipeline/stage.hpp"

namespace weir {

/// What is the same for every call of one stage.
struct StageCore {
  RunState* run = nullptr;
  const StageSpec* spec = nullptr;
  std::unique_ptr<Stage> stage;
  std::vector<std::shared_ptr<detail::PoolBase>> pools;  ///< one per output port

  const ParamValue& value_of(const void* id) const;
};

/// One call of one stage: the Context it sees, with its inputs and what it put. Reused; bound to the call.
class Activation final : public Context {
 public:
  explicit Activation(const StageCore& core);

  /// Makes it ready for a frame; inputs are set afterwards.
  void begin(const Stamp& stamp);
  void set_input(std::size_t port, Packet packet) { inputs_[port] = std::move(packet); }
  const Packet& input_at(std::size_t port) const { return inputs_[port]; }
  void inherit_quality(const Quality& quality);

  /// Passes the call from the thread that prepared it to the one that runs it. oneTBB orders the two already; the
  /// thread sanitizer cannot see that, but it sees this.
  void hand_over() { handed_.store(true, std::memory_order_release); }
  void take_over() const { (void)handed_.load(std::memory_order_acquire); }

  /// Runs the stage for this frame and those batched with it; never throws.
  Status run();

  /// Gives fresh outputs their stamp and grade; afterwards they are immutable.
  void seal();

  /// Lets go of all packets.
  void release();

  const Packet& output_at(std::size_t port) const { return outputs_[port]; }
  void discard_outputs();

  /// The payload to fill of the first output that carries frames, or null when there is none.
  Frame* emit_frame();

  void drop(Reason reason) override { dropped_ = reason; }
  const Stamp& stamp() const override { return stamp_; }
  Quality& quality() override { return quality_; }
  Duration remaining() const override;
  TimePoint now() const override { return core_.run->clock->now(); }
  bool stopping() const override { return core_.run->stopping.load(std::memory_order_relaxed); }
  void set_media_time(Duration since_start) override { media_time_ = since_start; }
  void end_of_stream() override { ended_ = true; }
  void warn(std::string text) override { core_.run->warn("stage " + core_.spec->name + ": " + text); }
  std::size_t count() const override { return 1 + others_.size(); }
  Context& item(std::size_t i) override { return i == 0 ? static_cast<Context&>(*this) : *others_[i - 1]; }

  /// Adds a frame to this one's call.
  void batch(Activation& other) { others_.push_back(&other); }
  const std::vector<Activation*>& others() const { return others_; }

  Reason dropped() const { return dropped_; }
  bool ended() const { return ended_; }
  Duration media_time() const { return media_time_; }
  Stamp& mutable_stamp() { return stamp_; }
  void set_drop(Reason reason) { dropped_ = reason; }

 private:
  const Packet& input(const void* id) const override;
  detail::PoolBase& pool(const void* id) override;
  void set_output(const void* id, Packet packet, detail::PacketHeader* fresh) override;
  const ParamValue& value_of(const void* id) const override { return core_.value_of(id); }
  std::size_t output_index(const void* id) const;

  const StageCore& core_;
  Stamp stamp_;
  Quality quality_;
  Reason dropped_;
  std::atomic<bool> handed_{false};
  bool ended_ = false;
  Duration media_time_{};
  std::vector<Packet> inputs_;
  std::vector<Packet> outputs_;
  std::vector<detail::PacketHeader*> fresh_;
  std::vector<Activation*> others_;
};

}  // namespace weir

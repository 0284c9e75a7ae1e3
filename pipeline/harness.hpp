// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/registry.hpp"
#include "pipeline/stage.hpp"

namespace weir {

/// Runs one stage without a graph, on a manual clock: feed packets, run, read outputs. For tests of stages.
/// Thread-compatible.
///
///   StageHarness harness(registry, "track.sort", {{"max_age", "3"}});
///   ASSERT_TRUE(harness.open());
///   harness.feed("detections", detections);
///   ASSERT_TRUE(harness.run());
///   const Tracks* tracks = harness.output<Tracks>("tracks");
class StageHarness {
 public:
  /// Parameter values are written as in YAML; unknown names and bad values fail in open().
  StageHarness(const Registry& registry, std::string_view stage, std::map<std::string, std::string> params = {});
  ~StageHarness();

  Status open();

  /// Puts a payload on an input of the next frame; an optional input without one has a gap. `frames_ago`: it was made
  /// for an earlier frame, as a feedback edge has it.
  template <typename T>
  void feed(std::string_view port, T payload, std::uint64_t frames_ago = 0) {
    auto pool = std::make_shared<detail::Pool<T>>();
    auto* packet = pool->take();
    packet->value = std::move(payload);
    feed(port, Packet(packet), packet, frames_ago);
  }

  /// Calls process once for the next frame. Sources: makes one frame.
  Status run();

  /// Leaves out `frames` frames, as where they were dropped on the way.
  void skip(std::uint64_t frames);

  Status close();

  /// The payload the last run put on a port, or null.
  template <typename T>
  const T* output(std::string_view port) const {
    return output(port).template get<T>();
  }
  const Packet& output(std::string_view port) const;

  /// Why the last run gave the frame up; empty if it did not.
  std::string_view drop_reason() const;
  bool ended() const;           ///< a source said end_of_stream
  Duration media_time() const;  ///< what the source said last
  ManualClock& clock();
  const std::vector<std::string>& warnings() const;

 private:
  void feed(std::string_view port, Packet packet, detail::PacketHeader* header, std::uint64_t frames_ago);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir

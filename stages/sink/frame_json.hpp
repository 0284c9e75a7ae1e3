// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/payloads.hpp"

namespace weir {

/// Writes answers as JSON, one object per frame, the same bytes for the same answer on every machine and run.
///
///   {"stream":"camera","frame":7,"capture_ms":700.000,"outcome":"full",
///    "objects":[{"class":"car","score":0.912345,"box":[10.000,20.000,50.500,60.000],"id":3,"missed":1}]}
///
/// Boxes are left, top, right, bottom in pixels of the original frame. `id` is there for tracks; `missed` and the
/// fields of Quality only where they differ from their defaults. A number that is not finite is null.
/// Thread-compatible.
class FrameJson {
 public:
  /// `streams` are the names by StreamId.
  explicit FrameJson(std::span<const std::string> streams);

  /// Appends the answer of one frame, without a line end. `objects` is a packet of Detections or Tracks; `published` is
  /// when the answer came, for consumers that score streams.
  void append(std::string& out, const Packet& objects, std::optional<TimePoint> published = {});

 private:
  void learn(ClassNamesPtr classes);

  std::vector<std::string> streams_;  // quoted and escaped
  ClassNamesPtr classes_;             // whose names class_texts_ holds
  std::vector<std::string> class_texts_;
};

}  // namespace weir

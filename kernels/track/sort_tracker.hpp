// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/detect/detection.hpp"
#include "kernels/geometry/assignment.hpp"
#include "kernels/track/groups.hpp"
#include "kernels/track/kalman.hpp"

namespace weir {

/// Scores and overlaps are in [0, 1]; a similarity is an overlap (IoU), in the first and third step times the score.
struct TrackerOptions {
  float low_score = 0.1F;        ///< detections below this are ignored
  float high_score = 0.3F;       ///< from here on a detection takes part in the first step; below, in the second
  float birth_score = 0.4F;      ///< from here on an unmatched detection starts a track
  float match = 0.1F;            ///< least similarity in the first step
  float match_low = 0.5F;        ///< least similarity in the second step
  float match_tentative = 0.3F;  ///< least similarity to continue a track not yet confirmed
  int min_hits = 2;         ///< frames in a row with a detection until a track is confirmed; the first frame counts all
  int max_missed = 30;      ///< frames without a detection after which a track ends
  int publish_missed = 3;   ///< frames whose detector missed it for which a track is still given out, predicted
  bool class_aware = true;  ///< a track only takes detections of its class
  std::size_t max_objects = 300;  ///< most detections used per frame, the best ones, and most tracks held
};

/// Gives detections identities over frames: Kalman prediction and two-step association by score, as ByteTrack does
/// (Zhang et al., ECCV 2022, algorithm 1).
///
/// Detections that are not finite, or empty, are ignored. Identities count from 1 in the order of confirmation. The
/// same calls always give the same tracks. Allocates nothing once the largest number of objects has been seen.
/// Thread-compatible; one object per stream.
class SortTracker {
 public:
  /// Code::invalid names the option that is out of range.
  static Result<SortTracker> create(const TrackerOptions& options = {});

  /// One frame on, with its detections. Returns the confirmed tracks seen within the last `publish_missed` frames, by
  /// identity; `missed` > 0 marks predicted ones. Borrowed until the next call.
  std::span<const Track> update(std::span<const Detection> detections);

  /// `frames` frames on for which no detector ran (drops, gaps): tracks are predicted, and none is judged for having no
  /// detection except by `max_missed`. Negative counts are taken as 0.
  std::span<const Track> advance(int frames);

  /// Forgets all tracks and starts identities at 1 again.
  void reset();

 private:
  struct Entry {
    KalmanBox filter;
    Track track;
    int hits = 1;        // frames with a detection since the birth
    int overlooked = 0;  // frames since the last detection in which a detector ran
    bool confirmed = false;
    bool seen = true;      // in the last frame that had a detector
    bool matched = false;  // in this call
  };

  explicit SortTracker(const TrackerOptions& options) : options_(options) {}
  void step();
  void select(std::span<const Detection> detections);
  void associate(std::span<const Detection> detections, std::vector<std::uint32_t>& columns, float least,
                 bool weigh_by_score);
  void solve_group(std::span<const Detection> detections, std::vector<std::uint32_t>& columns, std::size_t group);
  void take(Entry& entry, const Detection& detection);
  void settle();
  void give_birth(std::span<const Detection> detections);
  std::span<const Track> publish();

  TrackerOptions options_;
  std::int64_t last_id_ = 0;
  bool first_ = true;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> order_;       // usable detections, best first
  std::vector<std::uint32_t> high_, low_;  // detections not yet matched
  std::vector<std::uint32_t> rows_;        // entries that take part in one step
  std::vector<double> costs_;              // rows_ x columns of the step
  Groups groups_;                          // of rows and columns that compete
  std::vector<std::uint32_t> group_rows_, group_columns_;
  std::vector<double> group_costs_;
  AssignmentSolver solver_;
  std::vector<Track> published_;
};

}  // namespace weir

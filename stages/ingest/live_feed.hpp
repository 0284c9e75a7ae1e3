// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/clock.hpp"
#include "pipeline/payloads.hpp"
#include "stages/ingest/backoff.hpp"

namespace weir {

/// A property of an element of the feed's pipeline, set apart from its description so that no value needs quoting.
struct ElementSetting {
  std::string element;
  std::string property;
  std::string value;
};

struct FeedOptions {
  std::string what;      ///< "camera /dev/video0": how texts name it; without credentials
  std::string advice;    ///< what the user should look at when it does not come
  std::string pipeline;  ///< GStreamer description up to raw video; conversion and sink are added
  std::vector<ElementSetting> settings;
  std::vector<std::string> secrets;  ///< replaced by *** in every text
  bool newest = true;                ///< one slot that the newest image takes; else a queue that holds up the camera
  Duration stall_timeout = std::chrono::seconds(5);  ///< without an image for so long, connect anew
  Duration connect_timeout{};                        ///< give up when no first image has come by then; 0 = never
  Backoff::Limits backoff;
  std::uint64_t seed = 1;
};

/// A camera that may go away and come back: runs a GStreamer pipeline, notices when it fails, ends or stalls, and
/// builds it anew after a wait that grows. Bound to the thread that calls next().
class LiveFeed {
 public:
  enum class Step { frame, stopped };

  /// Prepares the feed and checks that GStreamer has its elements; connects to nothing yet.
  static Result<std::unique_ptr<LiveFeed>> create(FeedOptions options, Clock& clock);
  virtual ~LiveFeed() = default;

  /// Blocks until there is an image, which `frame` then shares, or `stopping` returns true (asked at least every 100
  /// ms). `warn` gets each loss and each return of the camera. Fails with unavailable when connect_timeout has passed.
  virtual Result<Step> next(Frame& frame, const std::function<bool()>& stopping,
                            const std::function<void(std::string)>& warn) = 0;

  /// When the last image was taken, since the first one.
  virtual Duration time() const = 0;

  /// How often the pipeline was started.
  virtual int attempts() const = 0;
};

}  // namespace weir

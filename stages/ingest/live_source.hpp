// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "pipeline/stage.hpp"
#include "stages/ingest/live_feed.hpp"

namespace weir {

/// What the stages over a LiveFeed share: one call, one image. Bound to the stage's thread.
class LiveSource {
 public:
  Status open(FeedOptions options, OpenContext& cx);

  /// Emits the next image by `port`. When the feed gives up, that is one error, and the stream ends with the next call.
  Status process(Context& cx, const Out<Frame>& port);

  /// Lets go of the camera; images that are still in use stay valid.
  void close() { feed_.reset(); }

 private:
  std::unique_ptr<LiveFeed> feed_;
};

}  // namespace weir

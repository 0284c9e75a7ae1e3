// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/live_source.hpp"

#include <string>
#include <utility>

namespace weir {

Status LiveSource::open(FeedOptions options, OpenContext& cx) {
  options.seed = cx.seed();
  auto feed = LiveFeed::create(std::move(options), cx.clock());
  if (!feed) return feed.error();
  feed_ = *std::move(feed);
  return {};
}

Status LiveSource::process(Context& cx, const Out<Frame>& port) {
  if (!feed_) {
    cx.end_of_stream();
    return {};
  }
  const auto step = feed_->next(
      cx.emit(port), [&cx] { return cx.stopping(); }, [&cx](std::string text) { cx.warn(std::move(text)); });
  if (!step) {
    feed_.reset();
    return step.error();
  }
  if (*step == LiveFeed::Step::stopped) {
    cx.end_of_stream();
  } else {
    cx.set_media_time(feed_->time());
  }
  return {};
}

}  // namespace weir

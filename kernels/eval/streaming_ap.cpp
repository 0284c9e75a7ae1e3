// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/streaming_ap.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir {
namespace {

// Pointers to `items` ordered by `key`; items with equal keys keep their order.
template <typename Item, typename Key>
std::vector<const Item*> ordered(const std::vector<Item>& items, Key key) {
  std::vector<const Item*> pointers;
  pointers.reserve(items.size());
  for (const Item& item : items) pointers.push_back(&item);
  std::stable_sort(pointers.begin(), pointers.end(), [&](const Item* a, const Item* b) { return key(*a) < key(*b); });
  return pointers;
}

}  // namespace

std::vector<EvalFrame> pair_streaming(const TimedStream& stream) {
  const auto truths = ordered(stream.truth, [](const TimedTruth& truth) { return truth.captured; });
  const auto answers = ordered(stream.answers, [](const TimedAnswer& answer) { return answer.published; });
  std::vector<EvalFrame> frames;
  frames.reserve(truths.size());
  const TimedAnswer* newest = nullptr;
  auto next = answers.begin();
  for (const TimedTruth* truth : truths) {
    for (; next != answers.end() && (*next)->published <= truth->captured; ++next) {
      if (newest == nullptr || (*next)->frame >= newest->frame) newest = *next;
    }
    frames.push_back({truth->frame, truth->truth, newest != nullptr ? newest->results : std::vector<ScoredBox>{}});
  }
  return frames;
}

ObjectApResult streaming_ap(std::span<const TimedStream> streams, const ObjectApOptions& options) {
  std::vector<EvalFrame> frames;
  for (const TimedStream& stream : streams) {
    std::vector<EvalFrame> paired = pair_streaming(stream);
    std::move(paired.begin(), paired.end(), std::back_inserter(frames));
  }
  return object_ap(frames, options);
}

}  // namespace weir

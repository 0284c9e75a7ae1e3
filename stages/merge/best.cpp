// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "pipeline/payloads.hpp"
#include "pipeline/stage.hpp"
#include "stages/merge/stages.hpp"

namespace weir {
namespace {

/// The cloud's answer to a frame where it came in time, else the device's own.
class Best final : public Stage {
 public:
  static constexpr std::string_view summary =
      "The cloud's answer to a frame where it came in time, else the device's own, marked `local`.";

  static constexpr In<Detections> cloud{"cloud", "the better answer, which may be missing", Need::optional};
  static constexpr In<Detections> local{"local", "the device's own answer", Need::optional};
  static constexpr Out<Detections> detections{"detections", "one of them, as it is"};

  static constexpr std::array inputs{cloud.info(), local.info()};
  static constexpr std::array outputs{detections.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status process(Context& cx) override {
    if (cx.get(cloud) && cx.packet(cloud).quality().outcome != Outcome::predicted) {
      cx.quality() = cx.packet(cloud).quality();
      pass_on(cx, *cx.get(cloud));
    } else if (cx.get(local)) {
      cx.quality() = cx.packet(local).quality();
      cx.quality().outcome = std::max(cx.quality().outcome, Outcome::local);
      pass_on(cx, *cx.get(local));
    } else {
      cx.drop(Reason::intern("no_answer"));
    }
    return {};
  }

 private:
  // A copy, because the grade belongs to the packet and differs from that of the input.
  static void pass_on(Context& cx, const Detections& from) {
    Detections& out = cx.emit(detections);
    out.items.assign(from.items.begin(), from.items.end());
    out.classes = from.classes;
    out.frame_width = from.frame_width;
    out.frame_height = from.frame_height;
  }
};

}  // namespace

Status add_merge_best(Registry& registry) { return registry.add<Best>("merge.best"); }

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/pipeline/channel/cloud_stages.hpp"

namespace weir::test {

/// Cuts a frame into its left and right half, and a low-resolution part of every second pixel.
class CloudHalves final : public Stage {
 public:
  static constexpr In<Frame> frame{"frame", "to cut"};
  static constexpr Out<Parts> parts{"parts", "two halves and a look at all of it"};
  static constexpr Param<bool> look{{.name = "look", .help = "whether all of it is looked at, too"}, true};
  static constexpr std::array inputs{frame.info()};
  static constexpr std::array outputs{parts.info()};
  static constexpr std::array params{look.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status process(Context& cx) override {
    const ImageView& image = cx.get(frame)->image;
    Parts& out = cx.emit(parts);
    out.frame_width = image.width;
    out.frame_height = image.height;
    const int half = image.width / 2;
    for (const int left : {0, half}) {
      out.items.push_back({area(left, half, image.height), PartKind::crop, crop(cx, image.crop(left, 0, half, 8))});
    }
    if (!cx.param(look)) return {};
    auto* small = pool_->take();
    const MutableImageView pixels = small->value.allocate(half, image.height / 2, image.format);
    for (int y = 0; y < pixels.height; ++y) {
      for (int x = 0; x < pixels.width; ++x) pixels.row(y)[x] = image.row(2 * y)[2 * x];
    }
    out.items.push_back({area(0, image.width, image.height), PartKind::low_resolution, Packet(small)});
    return {};
  }

 private:
  static Box area(int left, int width, int height) {
    return {static_cast<float>(left), 0, static_cast<float>(left + width), static_cast<float>(height)};
  }
  Packet crop(Context& cx, const ImageView& view) {
    auto* made = pool_->take();
    made->value.adopt(view, std::make_shared<Packet>(cx.packet(frame)));
    return Packet(made);
  }

  const std::shared_ptr<detail::Pool<Frame>> pool_ = std::make_shared<detail::Pool<Frame>>();
};

/// What a merging stage was given for a frame. Thread-safe.
class Gathered {
 public:
  static Gathered& of_this_test() {
    static Gathered gathered;
    return gathered;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    by_frame_.clear();
  }
  void add(std::uint64_t frame, const PartAnswers& answers) {
    const std::lock_guard lock(mutex_);
    by_frame_[frame] = answers;
  }
  std::map<std::uint64_t, PartAnswers> all() const {
    const std::lock_guard lock(mutex_);
    return by_frame_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, PartAnswers> by_frame_;
};

/// Puts the boxes of the halves together.
class CloudJoin final : public Stage {
 public:
  static constexpr In<PartAnswers> in{"in", "answers"};
  static constexpr Out<Detections> out{"out", "the boxes of all crops"};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status process(Context& cx) override {
    const PartAnswers& answers = *cx.get(in);
    Gathered::of_this_test().add(cx.stamp().frame, answers);
    Detections& joined = cx.emit(out);
    joined.classes = std::make_shared<ClassNames>(ClassNames{"thing"});
    for (const PartAnswer& answer : answers.items) {
      if (answer.kind != PartKind::crop || !answer.answer) continue;
      for (Detection item : answer.answer.get<Detections>()->items) {
        item.box.left += answer.area.left;
        item.box.right += answer.area.left;
        joined.items.push_back(item);
      }
    }
    return {};
  }
};

inline Registry parted_registry() {
  Registry registry = cloud_registry();
  const Status added[] = {registry.add<CloudHalves>("partition.halves"), registry.add<CloudJoin>("merge.join")};
  for (const Status& status : added) {
    if (!status) std::terminate();
  }
  return registry;
}

}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipeline/payloads.hpp"

namespace weir {

/// One object of an answer; `id` is -1 and `missed` 0 where it is a detection.
struct AnswerObject {
  Box box;
  float score = 0;
  std::int32_t class_id = 0;
  std::int64_t id = -1;
  std::int32_t missed = 0;
};

/// The objects of a Detections or Tracks packet behind one face; nothing for any other packet. Borrows the packet.
class AnswerView {
 public:
  explicit AnswerView(const Packet& packet) : detections_(packet.get<Detections>()), tracks_(packet.get<Tracks>()) {}

  explicit operator bool() const { return detections_ || tracks_; }
  bool tracked() const { return tracks_ != nullptr; }
  std::size_t size() const { return tracks_ ? tracks_->items.size() : detections_ ? detections_->items.size() : 0; }

  AnswerObject operator[](std::size_t i) const {
    if (tracks_) {
      const Track& track = tracks_->items[i];
      return {track.box, track.score, track.class_id, track.id, track.missed};
    }
    const Detection& detection = detections_->items[i];
    return {detection.box, detection.score, detection.class_id};
  }

  /// The model's class names, or null where the packet brings none.
  ClassNamesPtr classes() const { return tracks_ ? tracks_->classes : detections_ ? detections_->classes : nullptr; }

 private:
  const Detections* detections_;
  const Tracks* tracks_;
};

/// The name of a class, or "unknown" where the model names none.
inline std::string_view class_name(const ClassNames* classes, std::int32_t id) {
  const bool named = classes && id >= 0 && static_cast<std::size_t>(id) < classes->size();
  return named ? std::string_view((*classes)[static_cast<std::size_t>(id)]) : std::string_view("unknown");
}

}  // namespace weir

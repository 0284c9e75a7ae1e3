// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

/// Why a frame did not come: a small handle of an interned text, free to copy and compare. Thread-safe.
class Reason {
 public:
  constexpr Reason() = default;

  /// The handle of `text`, for reasons that carry a name (`error:<stage>`) or that a stage defines.
  static Reason intern(std::string_view text);

  /// The handle with this number; only meaningful for numbers that id() gave.
  static constexpr Reason from_id(std::uint16_t id) { return Reason(id); }

  std::string_view text() const;
  constexpr std::uint16_t id() const { return id_; }
  constexpr bool operator==(const Reason&) const = default;

 private:
  friend struct Reasons;
  explicit constexpr Reason(std::uint16_t id) : id_(id) {}
  std::uint16_t id_ = 0;
};

/// The reasons the runtime itself gives.
struct Reasons {
  static constexpr Reason none{0};
  static constexpr Reason queue_full{1};    ///< an edge was full and its policy dropped the packet
  static constexpr Reason late{2};          ///< it could not, or did not, make its deadline
  static constexpr Reason source_busy{3};   ///< a live source found no room
  static constexpr Reason decode_error{4};  ///< a source could not decode the frame
  static constexpr Reason stopped{5};       ///< the run stopped before the frame was done
  static constexpr Reason no_output{6};     ///< a stage chose to put nothing there
  static constexpr Reason before_start{7};  ///< a feedback edge has nothing yet
};

}  // namespace weir

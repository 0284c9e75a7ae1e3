// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "pipeline/split.hpp"
#include "transport/remote/cloud_client.hpp"

namespace weir {

/// Puts the pieces of one stream's codes back together on a worker, for its kFrames newest frames. Allocates nothing
/// once the largest codes have been seen. Thread-compatible.
class PieceJoiner {
 public:
  static constexpr std::size_t kFrames = 4;

  /// Takes in a piece of a frame that has `remaining` until its deadline. True where an answer is due from `to`, which
  /// then is the code as far as it came: from the first piece, from the last, and from each that comes in the second
  /// half of the frame's time, for what follows may be late. False for others, and where one before it is missing, it
  /// was here before, or so many newer frames have begun.
  bool join(std::uint64_t frame, const CodedFrame& piece, Duration remaining, CodedFrame& to);

 private:
  struct Begun {
    std::optional<std::uint64_t> frame;
    std::size_t next = 0;  // piece that is missing
    Duration half{};       // of the time that the frame had at its first piece
    std::vector<std::uint8_t> bytes;
  };
  Begun* find(std::uint64_t frame);
  Begun* begin(std::uint64_t frame);

  std::array<Begun, kFrames> begun_;
};

/// Makes one receipt of those for the pieces of a frame. Thread-safe.
class PieceReceipts {
 public:
  /// What became of the frame: `answered` or `late` where the worker did all pieces, `skipped` where it did or got some
  /// of them; and the bytes that came through by then. Of a frame that came in part, `elapsed` is without the worker's
  /// time.
  using Teller = std::function<void(const CloudReceipt&, std::size_t bytes)>;

  PieceReceipts(std::vector<std::size_t> bytes, Teller tell);

  /// Of one piece; called once for each. The last call tells.
  void tell(std::size_t piece, const CloudReceipt& receipt);

 private:
  const std::vector<std::size_t> bytes_;  // of each piece's request
  const Teller tell_;
  std::mutex mutex_;  // guards what follows
  std::size_t missing_, done_ = 0, arrived_ = 0;
  bool late_ = false, lost_ = false, refused_ = false;
  CloudReceipt last_;  // that came through
};

}  // namespace weir

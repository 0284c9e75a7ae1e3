// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::bench {

/// Memory that nobody may read or write without it being noticed: the first touch is counted, then the memory opens.
/// One object at a time; thread-safe.
class GuardedPixels {
 public:
  explicit GuardedPixels(std::size_t bytes);
  ~GuardedPixels();
  GuardedPixels(const GuardedPixels&) = delete;
  GuardedPixels& operator=(const GuardedPixels&) = delete;

  const std::uint8_t* data() const { return data_; }  ///< null when the system gave no memory
  std::uint64_t touches() const;

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace weir::bench

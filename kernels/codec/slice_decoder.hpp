// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/codec/code_tables.hpp"
#include "kernels/codec/message.hpp"
#include "kernels/codec/slice_encoder.hpp"

namespace weir::codec {

/// One slice to be decoded.
struct SliceJob {
  const ChannelCode* code = nullptr;
  SliceMode mode = SliceMode::packed;
  std::span<const std::uint8_t> payload;
  const std::uint8_t* reference = nullptr;  ///< symbols below code->levels; only for a mode that needs it
  std::uint8_t* symbols = nullptr;          ///< takes the plane; always below code->levels, even where it is corrupt
  bool good = false;                        ///< whether the payload was whole and consistent
};

/// Decodes slices, four at a time where they are alike: each is a chain of dependent steps, and four chains fill a
/// core. Keeps its memory. Thread-compatible.
class SliceDecoder {
 public:
  void decode(std::span<SliceJob> jobs, PlaneSize size);

 private:
  struct Lane;
  void prepare(SliceJob& job, PlaneSize size, std::size_t slot);
  template <bool kIntra, std::size_t kLanes>
  void run(std::span<SliceJob> jobs, PlaneSize size);
  template <bool kIntra>
  void batch(std::span<SliceJob> jobs, PlaneSize size);

  std::vector<std::uint8_t> base_[4];     // bin and bend of every place
  std::vector<std::uint8_t> changes_[4];  // of the row above, with a 1 in front
};

}  // namespace weir::codec

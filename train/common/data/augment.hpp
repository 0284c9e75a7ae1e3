// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "train/common/data/augment_light.hpp"
#include "train/common/data/augment_options.hpp"
#include "train/common/data/augment_paste.hpp"
#include "train/common/data/augment_place.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// Makes training crops from whole images.
///
/// An image is shown at a random scale, log-uniform between the options' bounds and corrected by 375 / its height, so
/// that objects have similar sizes whatever the source; what lies outside the image is grey (114). On top come mosaic
/// (Bochkovskiy et al., YOLOv4, 2020, section 3.4), pasted objects (Dwibedi et al., Cut, Paste and Learn, ICCV 2017)
/// and changes of light, colour and compression. Thread-compatible: use one per thread.
class Augmenter {
 public:
  /// `seed` is the run's.
  Augmenter(const AugmentOptions& options, std::uint64_t seed);

  /// Makes one crop of pool[index]; `draw` numbers the crops of a run. The result depends on the options, the seed and
  /// the arguments only, never on earlier calls.
  ///
  /// The other images of a mosaic and the donors of pasted objects are drawn from pool[partners[i]], each entry equally
  /// likely, or from the whole pool when `partners` is empty. Images must be 8-bit BGR; all indices must lie in the
  /// pool.
  AugmentedExample make(std::span<const Example> pool, std::size_t index, std::uint64_t draw,
                        std::span<const std::size_t> partners = {});

  const AugmentOptions& options() const { return options_; }

 private:
  AugmentOptions options_;
  std::uint64_t seed_;
  LightChanger light_;
  ObjectPaster paster_;
};

}  // namespace weir::train

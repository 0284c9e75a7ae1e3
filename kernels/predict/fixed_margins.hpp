// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>

#include "kernels/predict/predictor.hpp"

namespace weir {

/// How far truth sticks out of the predictions of a predictor that does not know it itself: in units of the last
/// box's width or height, by frames from the last box, 1 to 5.
struct FixedMargins {
  std::array<float, kFarthestAhead> sigma{};   ///< root of the mean squared error of a side
  std::array<float, kFarthestAhead> margin{};  ///< 99 % of boxes are wholly inside
};

/// Measured on KITTI MOTS sequences 0000-0013 with identities known, predictions cut to the frame; of the
/// autoregression by 4-fold cross-validation.
inline constexpr FixedMargins kCopyMargins{{0.2588F, 0.4327F, 0.6212F, 0.8182F, 1.0107F},
                                           {1.1667F, 2.1600F, 3.1111F, 4.2424F, 5.3333F}};
inline constexpr FixedMargins kVelocityMargins{{0.2693F, 0.4288F, 0.5956F, 0.7787F, 0.9675F},
                                               {0.7368F, 1.3231F, 1.8462F, 2.4057F, 3.0588F}};
inline constexpr FixedMargins kAutoregressiveMargins{{0.2202F, 0.2932F, 0.3695F, 0.4750F, 0.5824F},
                                                     {0.6422F, 1.1433F, 1.7046F, 2.3863F, 3.0951F}};

/// Adds fixed margins to the predictions of another predictor; they grow in proportion beyond five frames.
class PredictorWithMargins final : public BoxPredictor {
 public:
  PredictorWithMargins(std::unique_ptr<BoxPredictor> inner, const FixedMargins& margins)
      : inner_(std::move(inner)), margins_(margins) {}

  void observe(const BoxHistory& history) override { inner_->observe(history); }
  PredictedBox predict(const BoxHistory& history, std::size_t place, int ahead) const override;

 private:
  std::unique_ptr<BoxPredictor> inner_;
  FixedMargins margins_;
};

}  // namespace weir

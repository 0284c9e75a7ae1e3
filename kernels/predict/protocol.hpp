// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "kernels/predict/predictor.hpp"

namespace weir {

/// Sums over the boxes that were predicted, for one distance ahead.
struct PredictionSums {
  std::int64_t boxes = 0;
  double loss = 0;       ///< sum of 1 - IoU
  double missed = 0;     ///< boxes with an IoU below 0.5
  double contained = 0;  ///< boxes wholly inside the prediction widened by its margins
  double area = 0;       ///< sum of the widened predictions' areas in areas of the true box

  void add(const PredictionSums& other);
};

/// By frames ahead, from 1.
using HonestScore = std::array<PredictionSums, kFarthestAhead>;

enum class Identity {
  truth,  ///< the predictor is told which boxes are one object
  own,    ///< it finds out by itself: BoxAssociation with its own predictions
};

/// Whether predictions are cut to the frame before they are compared; labels never reach beyond it.
enum class Cut { to_frame, nothing };

/// One sample of the honest protocol.
struct PredictionSample {
  int ahead = 0;
  PredictedBox predicted;
  Box truth;
  int width = 0, height = 0;  ///< of the frame
};

/// Has a predictor predict a sequence, seeing only the past, and hands over each sample. A sample is a box whose object
/// is labelled one frame earlier, too, and in the frame to predict; it is the same set with own identities, whatever
/// these are. The predictor must be fresh: it observes the sequence from its start.
void predict_honestly(const BoxSequence& sequence, BoxPredictor& predictor, Identity identity, Cut cut,
                      const std::function<void(const PredictionSample&)>& take);

/// The sums over these samples.
HonestScore score_honestly(const BoxSequence& sequence, BoxPredictor& predictor, Identity identity,
                           Cut cut = Cut::to_frame);

/// Sums over windows of three frames of a listing.
struct LeakyScore {
  std::int64_t windows = 0;
  double loss = 0;               ///< sum over windows of the squared errors of four sides plus mean 1 - IoU
  std::int64_t boxes = 0;        ///< predicted
  std::int64_t overwritten = 0;  ///< whose newest input was replaced by the answer

  void add(const LeakyScore& other);
};

/// Scores as the authors of Elf did (their public code, 2021), for comparison only: **the inputs know the answer**. The
/// two frames before each frame are matched to the frame to predict, many to one, and where the best match is farther
/// than 0.02 of the frame the input is overwritten with the box to predict. Neighbours in the listing count as
/// consecutive, ignore regions as objects (read the table with keep_ignored), and nothing is cut.
/// The predictor sees two boxes of each object.
LeakyScore score_leaky(const BoxSequence& sequence, BoxPredictor& predictor);

}  // namespace weir

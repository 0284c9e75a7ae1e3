// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "kernels/predict/autoregressive.hpp"
#include "kernels/predict/lstm_weights.hpp"

namespace weir {

/// Predicts with a recurrent network: what it adds to a learned share of the last velocity, in units of the box, for 1
/// to 5 frames ahead at once, and a scale of its error for each side.
///
/// A long short-term memory (Hochreiter and Schmidhuber, Neural Computation 9, 1997) keeps what it has seen of each
/// object, so a frame costs one step for each of its boxes, whatever the length of the history. It remembers since the
/// object's first box. With attention (Luong et al., EMNLP 2015, "general" score, scaled, plus a bias by age) it also
/// looks back at the states of the object's last eight boxes. Allocates nothing once the largest number of objects has
/// been seen.
class LstmPredictor final : public BoxPredictor {
 public:
  explicit LstmPredictor(LstmWeights weights);

  void observe(const BoxHistory& history) override;
  PredictedBox predict(const BoxHistory& history, std::size_t place, int ahead) const override;

  /// What the last layer told for a place (tests, and training compare it): kOutputs numbers.
  Eigen::VectorXf outputs(std::size_t place) const { return outputs_.col(static_cast<Eigen::Index>(place)); }

 private:
  void make_room(std::size_t places);
  /// Fills context_ with what the states of the first `n` active places find in the past.
  void look_back(const BoxHistory& history, Eigen::Index n);

  LstmWeights weights_;
  FeatureBuilder features_;
  std::vector<Eigen::Index> active_;                 // places in this frame
  Eigen::MatrixXf hidden_, cell_, outputs_;          // a column for each place
  Eigen::MatrixXf past_;                             // with attention: the last states, a ring below each other
  Eigen::MatrixXf x_, h_, c_, gates_, dense_, out_;  // a column for each active place
  Eigen::MatrixXf looked_for_, context_;             // likewise, with attention
};

}  // namespace weir

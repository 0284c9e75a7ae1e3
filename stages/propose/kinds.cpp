// SPDX-License-Identifier: Apache-2.0
#include "stages/propose/kinds.hpp"

#include "kernels/predict/autoregressive.hpp"
#include "kernels/predict/fixed_margins.hpp"
#include "kernels/predict/lstm.hpp"
#include "kernels/predict/motion.hpp"

namespace weir::propose {
namespace {

std::unique_ptr<BoxPredictor> with_margins(std::unique_ptr<BoxPredictor> inner, const FixedMargins& margins) {
  return std::make_unique<PredictorWithMargins>(std::move(inner), margins);
}

}  // namespace

Result<MakePredictor> Lstm::load(const std::string& bytes) {
  auto weights = parse_lstm_weights(bytes);
  if (!weights) return fail(weights.error());
  return MakePredictor([weights = std::move(*weights)] { return std::make_unique<LstmPredictor>(weights); });
}

Result<MakePredictor> Autoregressive::load(const std::string& bytes) {
  const auto weights = parse_autoregressive_weights(bytes);
  if (!weights) return fail(weights.error());
  return MakePredictor([weights = *weights] {
    return with_margins(std::make_unique<AutoregressivePredictor>(weights), kAutoregressiveMargins);
  });
}

Result<MakePredictor> Velocity::load(const std::string&) {
  return MakePredictor([] { return with_margins(std::make_unique<MotionPredictor>(1), kVelocityMargins); });
}

Result<MakePredictor> Copy::load(const std::string&) {
  return MakePredictor([] { return with_margins(std::make_unique<MotionPredictor>(0), kCopyMargins); });
}

}  // namespace weir::propose

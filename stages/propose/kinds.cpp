// SPDX-License-Identifier: Apache-2.0
#include "stages/propose/kinds.hpp"

#include "kernels/predict/autoregressive.hpp"
#include "kernels/predict/fixed_margins.hpp"
#include "kernels/predict/learned.hpp"
#include "kernels/predict/motion.hpp"

namespace weir::propose {
namespace {

std::unique_ptr<BoxPredictor> with_margins(std::unique_ptr<BoxPredictor> inner, const FixedMargins& margins) {
  return std::make_unique<PredictorWithMargins>(std::move(inner), margins);
}

Result<MakePredictor> network(std::string_view kind, const std::string& bytes) {
  auto predictor = load_predictor(kind, bytes);
  if (!predictor) return fail(predictor.error());
  return std::move(predictor->make);
}

}  // namespace

Result<MakePredictor> Lstm::load(const std::string& bytes) { return network("lstm", bytes); }

Result<MakePredictor> Attention::load(const std::string& bytes) { return network("attention", bytes); }

Result<MakePredictor> ElfLstm::load(const std::string& bytes) { return network("elf_lstm", bytes); }

Result<MakePredictor> ElfAttention::load(const std::string& bytes) { return network("elf_attention", bytes); }

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

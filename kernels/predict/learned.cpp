// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/learned.hpp"

#include "kernels/predict/elf.hpp"
#include "kernels/predict/lstm.hpp"

namespace weir {
namespace {

template <typename Predictor, typename Weights>
Result<LearnedPredictor> learned(std::string_view kind, Result<Weights> weights) {
  if (!weights) return fail(weights.error());
  LearnedPredictor predictor{std::string(kind), weights->trained_on, {}};
  predictor.make = [weights = std::move(*weights)] { return std::make_unique<Predictor>(weights); };
  return predictor;
}

}  // namespace

Result<LearnedPredictor> load_predictor(std::string_view kind, std::string_view bytes) {
  if (kind == "lstm") return learned<LstmPredictor>(kind, parse_lstm_weights(bytes));
  if (kind == "attention") return learned<LstmPredictor>(kind, parse_attention_weights(bytes));
  if (kind == "elf_lstm") return learned<ElfPredictor<ElfLstmWeights>>(kind, parse_elf_lstm_weights(bytes));
  if (kind == "elf_attention") {
    return learned<ElfPredictor<ElfAttentionWeights>>(kind, parse_elf_attention_weights(bytes));
  }
  return fail(Code::invalid, "there is no network of kind \"" + std::string(kind) +
                                 "\"; wanted lstm, attention, elf_lstm or elf_attention");
}

}  // namespace weir

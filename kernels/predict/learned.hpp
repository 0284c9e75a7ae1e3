// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/predict/predictor.hpp"

namespace weir {

/// The kinds of network that train-proposals makes; also how their files' names end.
inline constexpr std::array<std::string_view, 4> kNetworkKinds{"lstm", "attention", "elf_lstm", "elf_attention"};

/// A predictor with its weights.
struct LearnedPredictor {
  std::string kind;
  std::vector<std::string> trained_on;  ///< names of the sequences it has learned from
  std::function<std::unique_ptr<BoxPredictor>()> make;
};

/// Reads a file of weights of one of kNetworkKinds. Code::invalid for another kind, Code::corrupt where the bytes are
/// not a file of this kind.
Result<LearnedPredictor> load_predictor(std::string_view kind, std::string_view bytes);

}  // namespace weir

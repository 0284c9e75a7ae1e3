// SPDX-License-Identifier: Apache-2.0
#include "bench/elf/box_data.hpp"

#include <fstream>
#include <sstream>

#include "bench/common/machine.hpp"

namespace weir::bench {
namespace {

Result<std::string> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Code::unavailable, path + " is absent");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Result<std::vector<BoxSequence>> read_box_sequences() {
  const std::string path = data_path("elf/train_boxes.csv");
  if (path.empty()) return fail(Code::unavailable, "the reference data is absent");
  const auto text = read(path);
  if (!text) return fail(text.error());
  return parse_box_table(*text);
}

Result<std::vector<LstmWeights>> read_fold_weights() {
  std::vector<LstmWeights> folds;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    const auto bytes = read(std::string(WEIR_SOURCE_DIR) + "/models/proposals/fold_" + std::to_string(fold) + ".lstm");
    if (!bytes) return fail(bytes.error());
    auto weights = parse_lstm_weights(*bytes);
    if (!weights) return fail(weights.error());
    folds.push_back(std::move(*weights));
  }
  return folds;
}

}  // namespace weir::bench

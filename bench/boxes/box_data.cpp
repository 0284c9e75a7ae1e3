// SPDX-License-Identifier: Apache-2.0
#include "bench/boxes/box_data.hpp"

#include <algorithm>
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

Result<std::vector<BoxSequence>> read_box_sequences(bool keep_ignored) {
  const std::string path = data_path("elf/train_boxes.csv");
  if (path.empty()) return fail(Code::unavailable, "the reference data is absent");
  const auto text = read(path);
  if (!text) return fail(text.error());
  return parse_box_table(*text, keep_ignored);
}

void shorten(std::vector<BoxSequence>& sequences) {
  for (BoxSequence& sequence : sequences) sequence.frames.resize(std::min<std::size_t>(sequence.frames.size(), 8));
}

Result<std::string> read_proposal_weights(const std::string& name) {
  return read(std::string(WEIR_SOURCE_DIR) + "/models/proposals/" + name);
}

Result<LstmWeights> read_lstm_weights(const std::string& name) {
  const auto bytes = read_proposal_weights(name);
  if (!bytes) return fail(bytes.error());
  return parse_lstm_weights(*bytes);
}

Result<std::vector<LstmWeights>> read_fold_weights() {
  std::vector<LstmWeights> folds;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    auto weights = read_lstm_weights("fold_" + std::to_string(fold) + ".lstm");
    if (!weights) return fail(weights.error());
    folds.push_back(std::move(*weights));
  }
  return folds;
}

}  // namespace weir::bench

// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/detector_facts.hpp"

#include <sstream>

#include "elastic/onnx_model.hpp"

namespace weir {

DetectorFacts detector_facts(const OnnxModel& model) {
  DetectorFacts facts;
  constexpr std::size_t kNanodetOutputs = 6;
  if (model.outputs.size() == kNanodetOutputs) facts.decoder = "nanodet";
  if (const auto told = model.metadata.find("weir.decoder"); told != model.metadata.end()) {
    facts.decoder = told->second;
  }
  if (const auto told = model.metadata.find("weir.classes"); told != model.metadata.end()) {
    std::istringstream names(told->second);
    for (std::string name; std::getline(names, name, ',');) facts.classes.push_back(name);
  }
  return facts;
}

DetectorFacts read_detector_facts(const std::filesystem::path& path) {
  const auto model = load_onnx(path);
  return model ? detector_facts(*model) : DetectorFacts();
}

}  // namespace weir

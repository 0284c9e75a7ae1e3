// SPDX-License-Identifier: Apache-2.0
#include "pipeline/graph_spec.hpp"

#include <exception>

namespace weir {

StageSpec StageSpec::for_one_part() const {
  StageSpec one = *this;
  if (!parted) return one;
  one.info = parted->whole;
  one.make = {};
  one.parted.reset();
  return one;
}

std::size_t StageSpec::param_index(const void* id) const {
  for (std::size_t i = 0; i < info->params.size(); ++i) {
    if (info->params[i].id == id) return i;
  }
  std::terminate();
}

}  // namespace weir

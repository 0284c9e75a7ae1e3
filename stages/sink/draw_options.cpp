// SPDX-License-Identifier: Apache-2.0
#include "stages/sink/annotate.hpp"

namespace weir {

Result<DrawOptions> DrawOptions::parse(const std::vector<std::string>& names) {
  DrawOptions options{false, false, false, false, false, false};
  for (const std::string& name : names) {
    if (name == "boxes")
      options.boxes = true;
    else if (name == "labels")
      options.labels = true;
    else if (name == "badge")
      options.badge = true;
    else if (name == "truth")
      options.truth = true;
    else if (name == "parts")
      options.parts = true;
    else if (name == "regions")
      options.regions = true;
    else
      return fail(Code::invalid,
                  "draw: \"" + name + "\" is not known; choose from boxes, labels, badge, truth, parts, regions");
  }
  return options;
}

}  // namespace weir

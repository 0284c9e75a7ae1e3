// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/backoff.hpp"

#include <algorithm>

namespace weir {

Duration Backoff::next() {
  const auto step = static_cast<double>(step_.count());
  step_ = std::min(step_ * 2, limits_.most);
  return Duration(static_cast<std::int64_t>(step * random_.uniform(0.5, 1.0)));
}

}  // namespace weir

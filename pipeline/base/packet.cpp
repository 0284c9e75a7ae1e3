// SPDX-License-Identifier: Apache-2.0
#include "pipeline/packet.hpp"

#include <algorithm>
#include <cmath>

namespace weir {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::full:
      return "full";
    case Outcome::partial:
      return "partial";
    case Outcome::local:
      return "local";
    case Outcome::predicted:
      return "predicted";
    case Outcome::dropped:
      return "dropped";
  }
  return "dropped";
}

Quality worse(const Quality& a, const Quality& b) {
  // Parts of two inputs are the same pieces of work seen twice, or one input was never cut: the one that lost more
  // tells, and at equal loss the one cut into more.
  const int lost_a = a.parts - a.parts_ok;
  const int lost_b = b.parts - b.parts_ok;
  const Quality& cut = lost_a != lost_b ? (lost_a > lost_b ? a : b) : (a.parts >= b.parts ? a : b);
  Quality out;
  out.outcome = std::max(a.outcome, b.outcome);
  out.parts = cut.parts;
  out.parts_ok = cut.parts_ok;
  out.age = std::max(a.age, b.age);
  out.worker = std::max(a.worker, b.worker);  // made elsewhere, if any of it was
  out.setup = std::max(a.setup, b.setup);
  out.expected_accuracy = std::fmin(a.expected_accuracy, b.expected_accuracy);  // the known one where one is unknown
  return out;
}

}  // namespace weir

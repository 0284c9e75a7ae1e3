// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "elastic/switchable/measure.hpp"
#include "elastic/switchable/setups.hpp"

namespace weir::bench {

/// A network and its switchable bottleneck, ready to be measured. The networks are bytes of ONNX files.
struct Subject {
  std::string name;
  std::string network, head, tail;
  SwitchableSetups setups;
  OutputKind kind = OutputKind::plain;
  int vehicle = 0;  ///< class id of cars
};

/// Puts the bottleneck models/switchable/NAME into `network_file` (load_switchable_pair). Code::unavailable when the
/// network or the bottleneck is absent; Code::invalid when the bottleneck is of another network.
Result<Subject> load_subject(const std::string& name, const std::string& network_file);

}  // namespace weir::bench

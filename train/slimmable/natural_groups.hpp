// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace weir::train {

/// For each value the number of its group, from 0: the values, sorted, are cut into at most `groups` runs so that the
/// squared distances to the runs' means are least (Fisher, "On grouping for maximum homogeneity", JASA 1958). Unlike
/// cuts at the widest gaps, few values far off do not take the groups for themselves.
std::vector<int> natural_groups(const std::vector<double>& values, int groups);

}  // namespace weir::train

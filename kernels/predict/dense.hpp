// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace weir {

/// out += matrix * x, all column by column without gaps: `matrix` is rows x inner, `x` inner x columns, `out` rows x
/// columns. Runs on the widest vectors of the machine; sums are in the same order on each, but not rounded alike.
void add_product(const float* matrix, const float* x, std::size_t rows, std::size_t inner, std::size_t columns,
                 float* out);

}  // namespace weir

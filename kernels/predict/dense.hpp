// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace weir {

/// out += matrix * x, all column by column without gaps: `matrix` is rows x inner, `x` inner x columns, `out` rows x
/// columns. Runs on the widest vectors of the machine; sums are in the same order on each, but not rounded alike.
void add_product(const float* matrix, const float* x, std::size_t rows, std::size_t inner, std::size_t columns,
                 float* out);

/// One step of `columns` long short-term memories of `units` each, from the sums of their gates: the new cells and
/// hidden states. `gates` has 4 * units rows (input, forget, cell, output), `cell` and `hidden` have `units`, column by
/// column without gaps. Gates are numbers of any size.
void lstm_step(const float* gates, std::size_t units, std::size_t columns, float* cell, float* hidden);

/// The scalar version that defines the result of lstm_step.
void lstm_step_scalar(const float* gates, std::size_t units, std::size_t columns, float* cell, float* hidden);

}  // namespace weir

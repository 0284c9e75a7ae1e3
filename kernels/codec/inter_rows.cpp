// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/inter_rows.hpp"

namespace weir::codec {

void decode_inter_row_scalar(const InterRow& r, std::size_t width) {
  SliceStream stream = *r.stream;  // symbols that are written cannot be part of it
  std::size_t left = 1;
  for (std::size_t x = 0; x < width; ++x) {
    const int predicted = r.reference[x];
    const std::size_t context = r.bases[x] + 3U * r.changes[x] + left;
    const int symbol = stream.symbol(r.rows[context], predicted, r.top);
    left = static_cast<std::size_t>(1 + (symbol > predicted ? 1 : 0) - (symbol < predicted ? 1 : 0));
    r.changes[x] = static_cast<std::uint8_t>(left);
    r.symbols[x] = static_cast<std::uint8_t>(symbol);
  }
  *r.stream = stream;
}

}  // namespace weir::codec

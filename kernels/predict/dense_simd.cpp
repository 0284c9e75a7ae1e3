// SPDX-License-Identifier: Apache-2.0
// Small products of matrices, compiled once per instruction set and chosen at run time (Highway).
#include "kernels/predict/dense.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/predict/dense_simd.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace weir::dense::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

const hn::ScalableTag<float> kFloat;

// Two vectors of rows for four columns (the last ones again where fewer are left): eight sums hide the time that each
// multiply-add takes, and a load serves several products.
void AddProduct(const float* matrix, const float* x, std::size_t rows, std::size_t inner, std::size_t columns,
                float* out) {
  const std::size_t lanes = hn::Lanes(kFloat);
  for (std::size_t c = 0; c < columns; c += 4) {
    const std::size_t left = columns - c;
    const float* x0 = x + c * inner;
    const float* x1 = left > 1 ? x0 + inner : x0;
    const float* x2 = left > 2 ? x1 + inner : x0;
    const float* x3 = left > 3 ? x2 + inner : x0;
    for (std::size_t r = 0; r < rows; r += 2 * lanes) {
      const std::size_t below = rows - r > lanes ? rows - r - lanes : 0;  // rows in the second vector
      const auto some_a = hn::FirstN(kFloat, rows - r), some_b = hn::FirstN(kFloat, below);
      const bool whole = below >= lanes;
      auto a0 = hn::Zero(kFloat), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      const float* weights = matrix + r;
      const float* weights_b = below > 0 ? weights + lanes : weights;
      for (std::size_t k = 0; k < inner; ++k, weights += rows, weights_b += rows) {
        const auto a = whole ? hn::LoadU(kFloat, weights) : hn::MaskedLoad(some_a, kFloat, weights);
        const auto b = whole ? hn::LoadU(kFloat, weights_b) : hn::MaskedLoad(some_b, kFloat, weights_b);
        const auto v0 = hn::Set(kFloat, x0[k]), v1 = hn::Set(kFloat, x1[k]);
        const auto v2 = hn::Set(kFloat, x2[k]), v3 = hn::Set(kFloat, x3[k]);
        a0 = hn::MulAdd(a, v0, a0), b0 = hn::MulAdd(b, v0, b0);
        a1 = hn::MulAdd(a, v1, a1), b1 = hn::MulAdd(b, v1, b1);
        a2 = hn::MulAdd(a, v2, a2), b2 = hn::MulAdd(b, v2, b2);
        a3 = hn::MulAdd(a, v3, a3), b3 = hn::MulAdd(b, v3, b3);
      }
      float* to = out + c * rows + r;
      const auto add = [&](auto sum_a, auto sum_b, float* at) HWY_ATTR {
        hn::BlendedStore(hn::Add(hn::MaskedLoad(some_a, kFloat, at), sum_a), some_a, kFloat, at);
        if (below == 0) return;
        hn::BlendedStore(hn::Add(hn::MaskedLoad(some_b, kFloat, at + lanes), sum_b), some_b, kFloat, at + lanes);
      };
      add(a0, b0, to);
      if (left > 1) add(a1, b1, to + rows);
      if (left > 2) add(a2, b2, to + 2 * rows);
      if (left > 3) add(a3, b3, to + 3 * rows);
    }
  }
}

}  // namespace weir::dense::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir {
namespace dense {
HWY_EXPORT(AddProduct);

void run(const float* matrix, const float* x, std::size_t rows, std::size_t inner, std::size_t columns, float* out) {
  HWY_DYNAMIC_DISPATCH(AddProduct)(matrix, x, rows, inner, columns, out);
}

}  // namespace dense

void add_product(const float* matrix, const float* x, std::size_t rows, std::size_t inner, std::size_t columns,
                 float* out) {
  dense::run(matrix, x, rows, inner, columns, out);
}

}  // namespace weir
#endif

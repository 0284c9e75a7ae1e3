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

// One vector of rows for four columns (the last ones again where fewer are left): a load serves four products.
void AddProduct(const float* matrix, const float* x, std::size_t rows, std::size_t inner, std::size_t columns,
                float* out) {
  const std::size_t lanes = hn::Lanes(kFloat);
  for (std::size_t c = 0; c < columns; c += 4) {
    const std::size_t left = columns - c;
    const float* x0 = x + c * inner;
    const float* x1 = left > 1 ? x0 + inner : x0;
    const float* x2 = left > 2 ? x1 + inner : x0;
    const float* x3 = left > 3 ? x2 + inner : x0;
    for (std::size_t r = 0; r < rows; r += lanes) {
      const auto some = hn::FirstN(kFloat, rows - r);
      auto sum0 = hn::Zero(kFloat), sum1 = sum0, sum2 = sum0, sum3 = sum0;
      const float* weights = matrix + r;
      const bool whole = r + lanes <= rows;
      for (std::size_t k = 0; k < inner; ++k, weights += rows) {
        const auto w = whole ? hn::LoadU(kFloat, weights) : hn::MaskedLoad(some, kFloat, weights);
        sum0 = hn::MulAdd(w, hn::Set(kFloat, x0[k]), sum0);
        sum1 = hn::MulAdd(w, hn::Set(kFloat, x1[k]), sum1);
        sum2 = hn::MulAdd(w, hn::Set(kFloat, x2[k]), sum2);
        sum3 = hn::MulAdd(w, hn::Set(kFloat, x3[k]), sum3);
      }
      float* to = out + c * rows + r;
      const auto add = [&](auto sum, float* at) HWY_ATTR {
        hn::BlendedStore(hn::Add(hn::MaskedLoad(some, kFloat, at), sum), some, kFloat, at);
      };
      add(sum0, to);
      if (left > 1) add(sum1, to + rows);
      if (left > 2) add(sum2, to + 2 * rows);
      if (left > 3) add(sum3, to + 3 * rows);
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

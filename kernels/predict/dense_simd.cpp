// SPDX-License-Identifier: Apache-2.0
// Small products of matrices and what a recurrent network does with them, compiled once per instruction set and chosen
// at run time (Highway).
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
        if (whole) {  // masked stores are slow on some processors
          hn::StoreU(hn::Add(hn::LoadU(kFloat, at), sum_a), kFloat, at);
          hn::StoreU(hn::Add(hn::LoadU(kFloat, at + lanes), sum_b), kFloat, at + lanes);
          return;
        }
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

using Vector = hn::VFromD<decltype(kFloat)>;

// e^x for x <= 0: 2^n times the Taylor series of the rest, which is off by 2e-7 of the value at most.
HWY_INLINE Vector ExpOfNegative(Vector x) {
  const hn::RebindToSigned<decltype(kFloat)> integer;
  const auto limited = hn::Max(x, hn::Set(kFloat, -87.0F));  // below, a float has no more than 0
  const auto n = hn::Round(hn::Mul(limited, hn::Set(kFloat, 1.44269504F)));
  // ln 2 in two pieces, of which the first has few digits, so that its product with n is exact.
  const auto rest =
      hn::NegMulAdd(n, hn::Set(kFloat, -2.12194440e-4F), hn::NegMulAdd(n, hn::Set(kFloat, 0.693359375F), limited));
  auto sum = hn::Set(kFloat, 1.0F / 720);
  for (const float factor : {1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F}) {
    sum = hn::MulAdd(sum, rest, hn::Set(kFloat, factor));
  }
  const auto power = hn::ShiftLeft<23>(hn::Add(hn::ConvertTo(integer, n), hn::Set(integer, 127)));
  return hn::Mul(sum, hn::BitCast(kFloat, power));
}

HWY_INLINE Vector Sigmoid(Vector x) {
  const auto one = hn::Set(kFloat, 1.0F);
  const auto e = ExpOfNegative(hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(kFloat)), e, one), hn::Add(one, e));
}

HWY_INLINE Vector Tanh(Vector x) {
  const auto one = hn::Set(kFloat, 1.0F);
  const auto e = ExpOfNegative(hn::Mul(hn::Abs(x), hn::Set(kFloat, -2.0F)));
  return hn::CopySign(hn::Div(hn::Sub(one, e), hn::Add(one, e)), x);
}

// Changes the cells and returns the hidden states.
HWY_INLINE Vector Step(Vector in, Vector forget, Vector change, Vector out, Vector& cell) {
  cell = hn::MulAdd(Sigmoid(in), Tanh(change), hn::Mul(Sigmoid(forget), cell));
  return hn::Mul(Sigmoid(out), Tanh(cell));
}

void LstmStep(const float* gates, std::size_t units, std::size_t columns, float* cell, float* hidden) {
  const std::size_t lanes = hn::Lanes(kFloat), whole = units - units % lanes;
  const auto some = hn::FirstN(kFloat, units - whole);
  for (std::size_t column = 0; column < columns; ++column, gates += 4 * units, cell += units, hidden += units) {
    for (std::size_t i = 0; i < whole; i += lanes) {
      const auto gate = [&](std::size_t which) HWY_ATTR { return hn::LoadU(kFloat, gates + which * units + i); };
      auto state = hn::LoadU(kFloat, cell + i);
      hn::StoreU(Step(gate(0), gate(1), gate(2), gate(3), state), kFloat, hidden + i);
      hn::StoreU(state, kFloat, cell + i);
    }
    if (whole == units) continue;
    const auto gate = [&](std::size_t which)
                          HWY_ATTR { return hn::MaskedLoad(some, kFloat, gates + which * units + whole); };
    auto state = hn::MaskedLoad(some, kFloat, cell + whole);
    hn::BlendedStore(Step(gate(0), gate(1), gate(2), gate(3), state), some, kFloat, hidden + whole);
    hn::BlendedStore(state, some, kFloat, cell + whole);
  }
}

}  // namespace weir::dense::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir {
namespace dense {
HWY_EXPORT(AddProduct);
HWY_EXPORT(LstmStep);

void run(const float* matrix, const float* x, std::size_t rows, std::size_t inner, std::size_t columns, float* out) {
  HWY_DYNAMIC_DISPATCH(AddProduct)(matrix, x, rows, inner, columns, out);
}

void step(const float* gates, std::size_t units, std::size_t columns, float* cell, float* hidden) {
  HWY_DYNAMIC_DISPATCH(LstmStep)(gates, units, columns, cell, hidden);
}

}  // namespace dense

void add_product(const float* matrix, const float* x, std::size_t rows, std::size_t inner, std::size_t columns,
                 float* out) {
  dense::run(matrix, x, rows, inner, columns, out);
}

void lstm_step(const float* gates, std::size_t units, std::size_t columns, float* cell, float* hidden) {
  dense::step(gates, units, columns, cell, hidden);
}

}  // namespace weir
#endif

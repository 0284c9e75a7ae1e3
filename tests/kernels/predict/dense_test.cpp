// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/dense.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

TEST(AddProduct, EqualsThePlainLoop) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    const std::size_t rows = 1 + random.below(70), inner = 1 + random.below(50), columns = random.below(11);
    const auto numbers = [&random](std::size_t count) {
      std::vector<float> values(count);
      for (float& value : values) value = static_cast<float>(random.normal());
      return values;
    };
    const auto matrix = numbers(rows * inner), x = numbers(inner * columns);
    std::vector<float> out = numbers(rows * columns + 1), wanted = out;
    for (std::size_t c = 0; c < columns; ++c) {
      for (std::size_t r = 0; r < rows; ++r) {
        double sum = 0;
        for (std::size_t k = 0; k < inner; ++k) sum += double{matrix[k * rows + r]} * x[c * inner + k];
        wanted[c * rows + r] += static_cast<float>(sum);
      }
    }
    add_product(matrix.data(), x.data(), rows, inner, columns, out.data());
    for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], wanted[i], 1e-4) << rows << "x" << inner;
  }
}

}  // namespace
}  // namespace weir

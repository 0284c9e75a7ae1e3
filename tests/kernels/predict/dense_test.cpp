// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/dense.hpp"

#include <gtest/gtest.h>

#include <array>
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

TEST(LstmStep, EqualsTheScalarVersion) {
  Random random(2);
  for (int round = 0; round < 200; ++round) {
    const std::size_t units = 1 + random.below(50), columns = random.below(11);
    const double spread = round % 4 == 0 ? 60 : 2;  // saturated gates, too
    std::vector<float> gates(4 * units * columns), cell(units * columns + 1), hidden(units * columns + 1, 7.F);
    for (float& gate : gates) gate = static_cast<float>(random.normal() * spread);
    for (float& state : cell) state = static_cast<float>(random.normal() * 2);
    std::vector<float> wanted_cell = cell, wanted_hidden = hidden;
    lstm_step_scalar(gates.data(), units, columns, wanted_cell.data(), wanted_hidden.data());
    lstm_step(gates.data(), units, columns, cell.data(), hidden.data());
    for (std::size_t i = 0; i < cell.size(); ++i) {  // the last one belongs to nobody
      ASSERT_NEAR(cell[i], wanted_cell[i], 2e-6) << units << "x" << columns;
      ASSERT_NEAR(hidden[i], wanted_hidden[i], 2e-6) << units << "x" << columns;
    }
  }
}

TEST(LstmStep, GatesOfAnySizeSaturate) {
  for (const float size : {90.F, 1e3F, 1e30F}) {
    const std::array<float, 4> open{size, -size, size, size}, shut{-size, size, -size, -size};
    float cell = 0.5F, hidden = 0;
    lstm_step(open.data(), 1, 1, &cell, &hidden);
    EXPECT_FLOAT_EQ(cell, 1);
    EXPECT_FLOAT_EQ(hidden, std::tanh(1.F));
    lstm_step(shut.data(), 1, 1, &cell, &hidden);
    EXPECT_FLOAT_EQ(cell, 1);
    EXPECT_NEAR(hidden, 0, 1e-30);
  }
}

}  // namespace
}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "kernels/track/kalman.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

// The textbook filter on the whole 8x8 state.
struct Whole {
  using State = Eigen::Matrix<double, 8, 1>;
  using Covariance = Eigen::Matrix<double, 8, 8>;
  State x = State::Zero();
  Covariance p = Covariance::Zero();

  static Eigen::Vector4d measure(const Box& b) { return {b.center_x(), b.center_y(), b.width(), b.height()}; }
  Eigen::Vector4d sides() const { return {x[2], x[3], x[2], x[3]}; }

  explicit Whole(const Box& box) {
    x.head<4>() = measure(box);
    p.diagonal() << (sides() / 10).cwiseAbs2(), (sides() / 16).cwiseAbs2();
  }
  void predict() {
    Covariance f = Covariance::Identity();
    f.topRightCorner<4, 4>().setIdentity();
    Covariance q = Covariance::Zero();
    q.diagonal() << (sides() / 20).cwiseAbs2(), (sides() / 160).cwiseAbs2();
    x = f * x;
    p = f * p * f.transpose() + q;
  }
  void update(const Box& box) {
    Eigen::Matrix<double, 4, 8> h = Eigen::Matrix<double, 4, 8>::Zero();
    h.leftCols<4>().setIdentity();
    const Eigen::Matrix4d r = (sides() / 20).cwiseAbs2().asDiagonal();
    const Eigen::Matrix<double, 8, 4> k = p * h.transpose() * (h * p * h.transpose() + r).inverse();
    x += k * (measure(box) - h * x);
    p = (Covariance::Identity() - k * h) * p;
  }
};

TEST(KalmanBox, EqualsTheWholeFilter) {
  Random random(1);
  for (int trial = 0; trial < 20; ++trial) {
    Box box{100, 50, 160, 90};
    KalmanBox split(box);
    Whole whole(box);
    for (int frame = 0; frame < 30; ++frame) {
      split.predict();
      whole.predict();
      if (random.below(3) > 0) {
        const auto dx = static_cast<float>(random.uniform(-2, 8)), dw = static_cast<float>(random.uniform(-2, 3));
        box = {box.left + dx, box.top + 1, box.right + dx + dw, box.bottom + 2};
        split.update(box);
        whole.update(box);
      }
      const auto got = Whole::measure(split.box());
      for (int i = 0; i < 4; ++i) {
        ASSERT_NEAR(got[i], whole.x[i], 1e-3);
        ASSERT_NEAR(split.velocity()[i], whole.x[i + 4], 1e-6);
        ASSERT_NEAR(split.sigma()[i], std::sqrt(whole.p(i, i)), 1e-6);
      }
    }
  }
}

TEST(KalmanBox, LearnsAVelocityAndGoesOnWithIt) {
  KalmanBox filter({0, 0, 40, 20});
  for (int i = 1; i <= 40; ++i) {
    const auto x = static_cast<float>(5 * i);
    filter.predict();
    filter.update({x, 0, x + 40, 20});
  }
  EXPECT_NEAR(filter.velocity()[0], 5, 0.1);
  for (int i = 0; i < 4; ++i) filter.predict(false);
  EXPECT_NEAR(filter.box().left, 220, 2);
  EXPECT_NEAR(filter.box().width(), 40, 1);
}

TEST(KalmanBox, AShrinkingBoxNeverTurnsInsideOut) {
  KalmanBox filter({0, 0, 40, 40});
  for (int i = 1; i < 8; ++i) {
    filter.predict();
    const auto side = static_cast<float>(40 - 5 * i);
    filter.update({0, 0, side, side});
  }
  for (int i = 0; i < 50; ++i) filter.predict();
  EXPECT_GT(filter.box().width(), 0);
  EXPECT_GT(filter.box().height(), 0);
}

}  // namespace
}  // namespace weir

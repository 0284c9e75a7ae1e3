// SPDX-License-Identifier: Apache-2.0
#include "kernels/track/kalman.hpp"

namespace weir {
namespace {

constexpr double kPosition = 1.0 / 20, kVelocity = 1.0 / 160;
constexpr double kLeastSide = 1e-3;

Eigen::Array4d measure(const Box& b) { return {b.center_x(), b.center_y(), b.width(), b.height()}; }

}  // namespace

KalmanBox::KalmanBox(const Box& box) : position_(measure(box)), velocity_(Eigen::Array4d::Zero()) {
  variance_ = (2 * kPosition * sides()).square();
  covariance_.setZero();
  velocity_variance_ = (10 * kVelocity * sides()).square();
}

Eigen::Array4d KalmanBox::sides() const {
  const double width = std::max(position_[2], kLeastSide), height = std::max(position_[3], kLeastSide);
  return {width, height, width, height};
}

void KalmanBox::predict(bool seen) {
  if (!seen) velocity_.tail<2>().setZero();
  const Eigen::Array4d size = sides();
  position_ += velocity_;
  variance_ += 2 * covariance_ + velocity_variance_ + (kPosition * size).square();
  covariance_ += velocity_variance_;
  velocity_variance_ += (kVelocity * size).square();
}

void KalmanBox::update(const Box& box) {
  const Eigen::Array4d innovation = measure(box) - position_;
  const Eigen::Array4d total = variance_ + (kPosition * sides()).square();
  const Eigen::Array4d gain = variance_ / total, velocity_gain = covariance_ / total;
  position_ += gain * innovation;
  velocity_ += velocity_gain * innovation;
  velocity_variance_ -= velocity_gain * covariance_;
  covariance_ *= 1 - gain;
  variance_ *= 1 - gain;
}

Box KalmanBox::box() const {
  const double half_width = 0.5 * std::max(position_[2], kLeastSide);
  const double half_height = 0.5 * std::max(position_[3], kLeastSide);
  return {static_cast<float>(position_[0] - half_width), static_cast<float>(position_[1] - half_height),
          static_cast<float>(position_[0] + half_width), static_cast<float>(position_[1] + half_height)};
}

}  // namespace weir

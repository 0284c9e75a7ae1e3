// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <string_view>

namespace weir {

/// Draws short texts with smooth edges, from letters rendered once. Thread-compatible; drawing allocates nothing.
class TextPainter {
 public:
  /// `height` is the height of a capital letter in pixels, at least 6.
  explicit TextPainter(int height);

  int cap_height() const { return cap_height_; }
  int descent() const { return descent_; }  ///< how far letters such as g reach below the base line
  int width(std::string_view text) const;

  /// Draws onto a BGR image with the base line's left end at `origin`; what lies outside is cut off. A character that
  /// is not ASCII is drawn as '?'.
  void draw(cv::Mat& image, std::string_view text, cv::Point origin, const cv::Vec3b& color) const;

 private:
  struct Glyph {
    cv::Mat1b coverage;
    int advance = 0;
  };
  static constexpr char kFirst = ' ', kLast = '~';

  const Glyph& glyph(char c) const;

  std::array<Glyph, kLast - kFirst + 1> glyphs_;
  int cap_height_;
  int descent_;
  int margin_;  // around a letter, for its stroke
};

}  // namespace weir

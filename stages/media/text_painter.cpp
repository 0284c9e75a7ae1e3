// SPDX-License-Identifier: Apache-2.0
#include "stages/media/text_painter.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

namespace weir {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kFontCapHeight = 21;  // of a capital in that font's units
constexpr int kOversample = 8;         // letters are drawn this much larger and averaged down
constexpr double kStroke = 0.135;      // of the capital's height
constexpr double kTracking = 0.04;     // extra room between letters, likewise

// The following bytes of a UTF-8 character: drawn as nothing, its first byte stands for all.
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

TextPainter::TextPainter(int height)
    : cap_height_(std::max(6, height)), descent_((cap_height_ * 3 + 9) / 10), margin_(1 + cap_height_ / 8) {
  const double scale = cap_height_ * kOversample / kFontCapHeight;
  const int stroke = std::max(1, static_cast<int>(std::lround(cap_height_ * kStroke * kOversample)));
  const int rows = cap_height_ + descent_ + 2 * margin_;
  for (std::size_t i = 0; i < glyphs_.size(); ++i) {
    const std::string letter(1, static_cast<char>(kFirst + static_cast<char>(i)));
    int base_line = 0;
    const double wide = cv::getTextSize(letter, kFont, scale, 1, &base_line).width / static_cast<double>(kOversample);
    Glyph& glyph = glyphs_[i];
    glyph.advance = static_cast<int>(std::lround(wide + cap_height_ * kTracking));
    const int columns = static_cast<int>(std::ceil(wide)) + 2 * margin_;
    cv::Mat1b large(rows * kOversample, columns * kOversample, std::uint8_t{0});
    cv::putText(large, letter, {margin_ * kOversample, (margin_ + cap_height_) * kOversample}, kFont, scale, {255},
                stroke, cv::LINE_8);
    cv::resize(large, glyph.coverage, {columns, rows}, 0, 0, cv::INTER_AREA);
  }
}

const TextPainter::Glyph& TextPainter::glyph(char c) const {
  const char shown = c >= kFirst && c <= kLast ? c : '?';
  return glyphs_[static_cast<std::size_t>(shown - kFirst)];
}

int TextPainter::width(std::string_view text) const {
  int sum = 0;
  for (const char c : text) {
    if (!continues(c)) sum += glyph(c).advance;
  }
  return sum;
}

void TextPainter::draw(cv::Mat& image, std::string_view text, cv::Point origin, const cv::Vec3b& color) const {
  const cv::Rect whole({0, 0}, image.size());
  for (const char c : text) {
    if (continues(c)) continue;
    const Glyph& letter = glyph(c);
    const cv::Point corner(origin.x - margin_, origin.y - cap_height_ - margin_);
    const cv::Rect area = cv::Rect(corner, letter.coverage.size()) & whole;
    for (int y = area.y; y < area.br().y; ++y) {
      cv::Vec3b* pixel = image.ptr<cv::Vec3b>(y);
      const std::uint8_t* coverage = letter.coverage.ptr<std::uint8_t>(y - corner.y) - corner.x;
      for (int x = area.x; x < area.br().x; ++x) {
        const int alpha = coverage[x];
        if (alpha == 0) continue;
        for (int k = 0; k < 3; ++k) {
          pixel[x][k] = static_cast<std::uint8_t>((pixel[x][k] * (255 - alpha) + color[k] * alpha + 127) / 255);
        }
      }
    }
    origin.x += letter.advance;
  }
}

}  // namespace weir

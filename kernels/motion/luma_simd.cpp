// SPDX-License-Identifier: Apache-2.0
// The row operations of luma.cpp, compiled once per instruction set and chosen at run time (Highway).
#include "kernels/motion/luma_rows.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/motion/luma_simd.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace weir::luma::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

const hn::ScalableTag<std::uint16_t> kWord;
const hn::ScalableTag<std::uint8_t> kByte;
const hn::Half<decltype(kByte)> kHalfByte;

void AddBgr(const std::uint8_t* pixels, std::size_t count, std::uint16_t* sums) {
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const std::size_t lanes = hn::Lanes(kByte), half = hn::Lanes(kWord);
  for (; i + lanes <= count; i += lanes) {
    hn::Vec<decltype(kByte)> b, g, r;
    hn::LoadInterleaved3(kByte, pixels + 3 * i, b, g, r);
    const auto add = [&](auto blue, auto green, auto red, std::uint16_t* to) HWY_ATTR {
      const auto wide = hn::PromoteTo(kWord, green);
      const auto luma = hn::Add(hn::Add(hn::PromoteTo(kWord, blue), hn::PromoteTo(kWord, red)), hn::Add(wide, wide));
      hn::StoreU(hn::Add(luma, hn::LoadU(kWord, to)), kWord, to);
    };
    add(hn::LowerHalf(kHalfByte, b), hn::LowerHalf(kHalfByte, g), hn::LowerHalf(kHalfByte, r), sums + i);
    add(hn::UpperHalf(kHalfByte, b), hn::UpperHalf(kHalfByte, g), hn::UpperHalf(kHalfByte, r), sums + i + half);
  }
#endif
  for (; i < count; ++i) {
    const std::uint8_t* p = pixels + 3 * i;
    sums[i] = static_cast<std::uint16_t>(sums[i] + p[0] + 2 * p[1] + p[2]);
  }
}

void AddGray(const std::uint8_t* pixels, std::size_t count, std::uint16_t* sums) {
  for (std::size_t i = 0; i < count; ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + 4 * pixels[i]);
}

}  // namespace weir::luma::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::luma {
HWY_EXPORT(AddBgr);
HWY_EXPORT(AddGray);

void add_bgr(const std::uint8_t* pixels, std::size_t count, std::uint16_t* sums) {
  HWY_DYNAMIC_DISPATCH(AddBgr)(pixels, count, sums);
}

void add_gray(const std::uint8_t* pixels, std::size_t count, std::uint16_t* sums) {
  HWY_DYNAMIC_DISPATCH(AddGray)(pixels, count, sums);
}

}  // namespace weir::luma
#endif

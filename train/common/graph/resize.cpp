// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "train/common/graph/operators.hpp"

namespace weir::train {
namespace {

using Integers = std::vector<std::int64_t>;

/// How output positions are laid over the input.
struct Placement {
  std::string coordinates, nearest;

  /// The place in the input, in pixels, that an output position reads.
  double source(std::int64_t at, double scale, std::int64_t in, std::int64_t out) const {
    const auto x = static_cast<double>(at);
    if (coordinates == "asymmetric") return x / scale;
    if (coordinates == "align_corners") {
      return out == 1 ? 0 : x * static_cast<double>(in - 1) / static_cast<double>(out - 1);
    }
    if (coordinates == "tf_half_pixel_for_nn") return (x + 0.5) / scale;
    if (coordinates == "pytorch_half_pixel" && out == 1) return 0;
    return (x + 0.5) / scale - 0.5;
  }

  double rounded(double x) const {
    if (nearest == "floor") return std::floor(x);
    if (nearest == "ceil") return std::ceil(x);
    return nearest == "round_prefer_ceil" ? std::floor(x + 0.5) : std::ceil(x - 0.5);
  }
};

/// One spatial axis of a resize.
struct Axis {
  std::int64_t dim = 2, in = 1, out = 1;
  double scale = 1;
};

torch::Tensor nearest_along(const torch::Tensor& x, const Axis& axis, const Placement& place) {
  Integers index;
  for (std::int64_t i = 0; i < axis.out; ++i) {
    const auto at = static_cast<std::int64_t>(place.rounded(place.source(i, axis.scale, axis.in, axis.out)));
    index.push_back(std::clamp<std::int64_t>(at, 0, axis.in - 1));
  }
  return x.index_select(axis.dim, torch::tensor(index, torch::kLong).to(x.device()));
}

torch::Tensor linear_along(const torch::Tensor& x, const Axis& axis, const Placement& place) {
  Integers low, high;
  std::vector<float> share;
  for (std::int64_t i = 0; i < axis.out; ++i) {
    const double at = std::clamp(place.source(i, axis.scale, axis.in, axis.out), 0.0, static_cast<double>(axis.in - 1));
    low.push_back(static_cast<std::int64_t>(at));
    high.push_back(std::min(low.back() + 1, axis.in - 1));
    share.push_back(static_cast<float>(at - static_cast<double>(low.back())));
  }
  Integers column(static_cast<std::size_t>(x.dim()), 1);
  column[static_cast<std::size_t>(axis.dim)] = axis.out;
  const torch::Tensor weight = torch::tensor(share).reshape(column).to(x.device());
  const auto select = [&](const Integers& index) {
    return x.index_select(axis.dim, torch::tensor(index, torch::kLong).to(x.device()));
  };
  return select(low) * (1 - weight) + select(high) * weight;
}

/// What the node asks for, from its sizes or its scales.
std::vector<Axis> axes_of(const Tensors& in, const torch::Tensor& scales) {
  const torch::Tensor& x = in[0];
  TORCH_CHECK(x.dim() == 4, "only images [N, C, H, W] are resized, not ", x.dim(), " dimensions");
  std::vector<Axis> axes;
  if (in.size() > 3 && in[3].defined() && in[3].numel() > 0) {
    const Integers sizes = integers_of(in[3]);
    for (std::int64_t i = 0; i < 4; ++i) {
      const std::int64_t out = sizes.at(static_cast<std::size_t>(i));
      axes.push_back({i, x.size(i), out, static_cast<double>(out) / static_cast<double>(x.size(i))});
    }
  } else {
    TORCH_CHECK(scales.defined() && scales.numel() == 4, "a resize needs four scales or sizes");
    const torch::Tensor factors = scales.to(torch::kDouble).contiguous().cpu();
    for (std::int64_t i = 0; i < 4; ++i) {
      const double scale = factors.data_ptr<double>()[i];
      axes.push_back({i, x.size(i), static_cast<std::int64_t>(static_cast<double>(x.size(i)) * scale), scale});
    }
  }
  TORCH_CHECK(axes[0].in == axes[0].out && axes[1].in == axes[1].out, "only height and width are resized");
  return {axes.begin() + 2, axes.end()};
}

/// Whether each pixel is repeated a whole number of times, which libtorch has a fast kernel for.
bool repeats(const std::vector<Axis>& axes, const Placement& place) {
  return std::ranges::all_of(axes, [&](const Axis& axis) {
    for (std::int64_t i = 0; i < axis.out; ++i) {
      const double at = place.rounded(place.source(i, axis.scale, axis.in, axis.out));
      if (axis.out % axis.in != 0 || std::max(at, 0.0) != static_cast<double>(i * axis.in / axis.out)) return false;
    }
    return true;
  });
}

/// Whether libtorch's own half-pixel kernel does the same: scales that are exactly the ratio of the sizes.
bool plain_half_pixel(const std::vector<Axis>& axes, const Placement& place) {
  return place.coordinates.ends_with("half_pixel") && std::ranges::all_of(axes, [](const Axis& axis) {
           return axis.out > 1 && axis.scale * static_cast<double>(axis.in) == static_cast<double>(axis.out);
         });
}

}  // namespace

Result<Operator> make_resize(const OnnxNode& node) {
  const Attributes attributes(node);
  const bool upsample = node.op == "Upsample";
  const std::string mode = attributes.text("mode", "nearest");
  const Placement place{attributes.text("coordinate_transformation_mode", upsample ? "asymmetric" : "half_pixel"),
                        attributes.text("nearest_mode", upsample ? "floor" : "round_prefer_floor")};
  const auto refuse = [&](const std::string& what) {
    return fail(Code::unsupported, "node \"" + node.label() + "\" (" + node.op + ") resizes " + what +
                                       "; export the model with nearest or linear resizing of height and width");
  };
  if (mode != "nearest" && mode != "linear") return refuse("by " + mode);
  if (place.coordinates == "tf_crop_and_resize") return refuse("with a crop");
  if (attributes.has("axes") || attributes.integer("antialias", 0) != 0)
    return refuse("some axes alone or antialiased");
  return [=, linear = mode == "linear"](const Tensors& in, bool) -> Tensors {
    const torch::Tensor& x = in[0];
    const auto axes = axes_of(in, upsample ? in[1] : in.size() > 2 ? in[2] : torch::Tensor());
    if (linear && plain_half_pixel(axes, place)) {
      return {torch::upsample_bilinear2d(x, {axes[0].out, axes[1].out}, false)};
    }
    if (linear) return {linear_along(linear_along(x, axes[0], place), axes[1], place)};
    if (repeats(axes, place)) return {torch::upsample_nearest2d(x, {axes[0].out, axes[1].out})};
    return {nearest_along(nearest_along(x, axes[0], place), axes[1], place)};
  };
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
// A model whose answer is not boxes: key points of an image, found in the parts of a frame and put together.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "pipeline/payload_format.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/plugin.hpp"

namespace acme {

struct Corner {
  float x = 0, y = 0;  // in pixels of the image, of pixel centres
  float strength = 0;
};

/// Key points, the strongest first.
struct Corners {
  std::vector<Corner> items;
  void clear() { items.clear(); }
};

}  // namespace acme

/// The name, and how corners travel between device and workers.
template <>
struct weir::PayloadTraits<acme::Corners> {
  static constexpr std::string_view name = "acme.Corners";

  static void write(const acme::Corners& from, PayloadWriter& to) {
    auto rows = to.rows<float, 3>("corners");
    for (const acme::Corner& c : from.items) rows.add(c.x, c.y, c.strength);
  }

  /// Types, sizes and the number of rows are checked before it sees them; what the numbers may be is its own affair.
  static Status read(const PayloadReader& from, acme::Corners& to) {
    const auto rows = from.rows<float, 3>("corners");
    if (!rows) return rows.error();
    for (std::size_t i = 0; i < rows->size(); ++i) {
      const auto [x, y, strength] = (*rows)[i];
      if (!std::isfinite(x) || !std::isfinite(y) || !std::isfinite(strength)) {
        return {Code::invalid, "corner " + std::to_string(i) + " holds a number that is not finite"};
      }
      to.items.push_back({x, y, strength});
    }
    return {};
  }
};

namespace acme {

// Equal strengths go by place, so that one image has one answer.
bool stronger(const Corner& a, const Corner& b) {
  if (a.strength != b.strength) return a.strength > b.strength;
  return a.y != b.y ? a.y < b.y : a.x < b.x;
}

/// Shi and Tomasi (CVPR 1994): the lesser eigenvalue of the gradients' 2x2 matrix over a window of 5x5 pixels, where it
/// is the largest of its 5x5 neighbours. What is nearer than 5 pixels to the image's edge cannot be judged.
class Finder {
 public:
  void run(const weir::ImageView& image, float least, std::vector<Corner>& found) {
    width_ = image.width;
    height_ = image.height;
    found.clear();
    if (width_ <= 2 * kEdge || height_ <= 2 * kEdge) return;
    read_gradients(image);
    strengths_.assign(gradients_.size(), 0);
    for (int y = kReach + 1; y < height_ - kReach - 1; ++y) {
      for (int x = kReach + 1; x < width_ - kReach - 1; ++x) strengths_[at(x, y)] = strength(x, y);
    }
    for (int y = kEdge; y < height_ - kEdge; ++y) {
      for (int x = kEdge; x < width_ - kEdge; ++x) {
        if (strengths_[at(x, y)] >= least && is_peak(x, y)) {
          found.push_back({static_cast<float>(x), static_cast<float>(y), strengths_[at(x, y)]});
        }
      }
    }
    std::sort(found.begin(), found.end(), stronger);
  }

 private:
  static constexpr int kReach = 2;              // of a window of 5 pixels
  static constexpr int kEdge = 2 * kReach + 1;  // a peak's neighbours need their windows, and those need neighbours
  struct Gradient {
    float x = 0, y = 0;
  };

  std::size_t at(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  }

  void read_gradients(const weir::ImageView& image) {
    const int step = weir::bytes_per_pixel(image.format), green = step / 2;
    const auto grey = [&](int x, int y) { return static_cast<float>(image.row(y)[x * step + green]); };
    gradients_.assign(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_), {});
    for (int y = 1; y < height_ - 1; ++y) {
      for (int x = 1; x < width_ - 1; ++x) {
        gradients_[at(x, y)] = {grey(x + 1, y) - grey(x - 1, y), grey(x, y + 1) - grey(x, y - 1)};
      }
    }
  }

  float strength(int x, int y) const {
    float xx = 0, xy = 0, yy = 0;
    for (int v = y - kReach; v <= y + kReach; ++v) {
      for (int u = x - kReach; u <= x + kReach; ++u) {
        const Gradient& g = gradients_[at(u, v)];
        xx += g.x * g.x;
        xy += g.x * g.y;
        yy += g.y * g.y;
      }
    }
    return 0.5F * (xx + yy - std::sqrt((xx - yy) * (xx - yy) + 4 * xy * xy));
  }

  // Of equal neighbours, the last one in reading order.
  bool is_peak(int x, int y) const {
    const float own = strengths_[at(x, y)];
    for (int v = y - kReach; v <= y + kReach; ++v) {
      for (int u = x - kReach; u <= x + kReach; ++u) {
        const bool later = v > y || (v == y && u > x);
        if (strengths_[at(u, v)] > own || (later && strengths_[at(u, v)] == own)) return false;
      }
    }
    return true;
  }

  int width_ = 0, height_ = 0;
  std::vector<Gradient> gradients_;
  std::vector<float> strengths_;
};

/// Turns an image into key points: what Elf calls "run". Given parts, the runtime calls it for each.
class FindCorners final : public weir::Stage {
 public:
  static constexpr std::string_view summary = "Finds corners (Shi-Tomasi), as key points.";
  static constexpr weir::In<weir::Frame> in{"frame", "the image"};
  static constexpr weir::Out<Corners> out{"corners", "in pixels of the image, the strongest first"};
  static constexpr weir::Param<double> least{
      {.name = "least", .help = "least strength, in squared grey levels summed over 5x5 pixels", .min = 0}, 2000.0};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr std::array params{least.info()};
  // Keeps nothing from frame to frame, so that any worker can take any part.
  static constexpr weir::Execution execution{.concurrency = weir::Concurrency::parallel};

  weir::Status open(weir::OpenContext& cx) override {
    least_ = static_cast<float>(cx.param(least));
    return {};
  }

  weir::Status process(weir::Context& cx) override {
    thread_local Finder finder;  // its memory is used again
    finder.run(cx.get(in)->image, least_, cx.emit(out).items);
    return {};
  }

 private:
  float least_ = 0;
};

/// Puts the key points of a frame's parts together: what Elf calls "merge". A point in two parts is one point; there is
/// nothing to cut at a seam, because a part reports no point near its border, and parts overlap.
class MergeCorners final : public weir::Stage {
 public:
  static constexpr std::string_view summary = "Puts the corners found in the parts of a frame together.";
  static constexpr weir::In<weir::PartAnswers> in{"parts", "answers with corners"};
  static constexpr weir::Out<Corners> out{"corners", "in pixels of the frame, the strongest first"};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};

  weir::Status process(weir::Context& cx) override {
    const weir::PartAnswers& answers = *cx.get(in);
    std::vector<Corner>& merged = cx.emit(out).items;
    std::uint16_t parts = 0, parts_ok = 0;
    for (const weir::PartAnswer& answer : answers.items) {
      if (answer.kind == weir::PartKind::low_resolution) continue;  // made for objects; key points need the pixels
      ++parts;
      if (answer.status != weir::PartStatus::ok) continue;
      const auto* found = answer.answer.get<Corners>();
      if (!found)
        return {weir::Code::invalid, "acme.merge_corners puts acme.Corners together; a part has another answer"};
      ++parts_ok;
      append(*found, answer, merged);
    }
    if (parts > 0) {
      cx.quality().parts = parts;
      cx.quality().parts_ok = parts_ok;
    }
    if (parts_ok < parts) cx.quality().outcome = std::max(cx.quality().outcome, weir::Outcome::partial);
    keep_one_of_each(merged);
    return {};
  }

 private:
  // Two points of one image are at least 3 pixels apart; one point seen in two parts moves by rounding alone.
  static constexpr float kSame = 1.5F;

  static void append(const Corners& found, const weir::PartAnswer& answer, std::vector<Corner>& merged) {
    const float scale_x = answer.area.width() / static_cast<float>(answer.width);
    const float scale_y = answer.area.height() / static_cast<float>(answer.height);
    for (const Corner& c : found.items) {
      merged.push_back({answer.area.left + (c.x + 0.5F) * scale_x - 0.5F,
                        answer.area.top + (c.y + 0.5F) * scale_y - 0.5F, c.strength});
    }
  }

  static void keep_one_of_each(std::vector<Corner>& corners) {
    std::sort(corners.begin(), corners.end(), [](const Corner& a, const Corner& b) {
      return std::tuple(a.y, a.x, -a.strength) < std::tuple(b.y, b.x, -b.strength);
    });
    std::size_t kept = 0;
    for (const Corner& next : corners) {
      bool known = false;
      for (std::size_t i = kept; i > 0 && !known && next.y - corners[i - 1].y < kSame; --i) {
        known = std::abs(next.x - corners[i - 1].x) < kSame;
      }
      if (!known) corners[kept++] = next;
    }
    corners.resize(kept);
    std::sort(corners.begin(), corners.end(), stronger);
  }
};

}  // namespace acme

extern "C" std::uint32_t weir_plugin_abi() { return weir::kPluginAbi; }
extern "C" bool weir_plugin_register(weir::Registry* registry) {
  return weir::add_payload<acme::Corners>().ok() && registry->add<acme::FindCorners>("acme.corners").ok() &&
         registry->add<acme::MergeCorners>("acme.merge_corners").ok();
}

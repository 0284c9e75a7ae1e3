// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/frames.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <limits>

#include "train/common/data/clip.hpp"
#include "train/common/data/reading.hpp"

namespace weir::train {
namespace {

constexpr int kClipFrames = 60;

struct SourceText {
  std::filesystem::path path;
  std::size_t first = 0, last = std::numeric_limits<std::size_t>::max();
  double weight = 0;  // 0: not given
};

template <typename T>
bool read(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

Result<SourceText> parse_source(const std::string& text) {
  const auto wrong = [&] {
    return fail(Code::invalid, "frames \"" + text + "\" are not PATH[:FIRST-LAST][@WEIGHT], as images:0-99@2");
  };
  SourceText source;
  std::string_view rest = text;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (!read(rest.substr(at + 1), source.weight) || !(source.weight > 0)) return wrong();
    rest = rest.substr(0, at);
  }
  const auto colon = rest.rfind(':'), dash = rest.rfind('-');
  if (colon != std::string_view::npos) {
    if (dash == std::string_view::npos || dash < colon) return wrong();
    if (!read(rest.substr(colon + 1, dash - colon - 1), source.first) || !read(rest.substr(dash + 1), source.last) ||
        source.last < source.first) {
      return wrong();
    }
    rest = rest.substr(0, colon);
  }
  source.path = rest;
  return source;
}

Result<std::vector<Example>> read_folder(const SourceText& source, ReadReport& report) {
  const auto files = list_images(source.path);
  if (!files) return fail(files.error());
  std::vector<Example> frames;
  for (std::size_t i = source.first; i < files->size() && i <= source.last; ++i) {
    std::optional<cv::Mat> image = read_picture((*files)[i], report);
    if (image) frames.push_back({(*files)[i].string(), std::move(*image), {}, {}, false});
  }
  return frames;
}

Result<std::vector<Example>> read_video(const SourceText& source, ReadReport& report) {
  auto all = read_clip(source.path, 1, std::numeric_limits<int>::max(), report);
  if (!all) return all;
  const std::size_t end =
      std::min(all->size(), source.last == std::numeric_limits<std::size_t>::max() ? all->size() : source.last + 1);
  const std::size_t every = std::max<std::size_t>((end - std::min(end, source.first)) / kClipFrames, 1);
  std::vector<Example> frames;
  for (std::size_t i = source.first; i < end; i += every) frames.push_back(std::move((*all)[i]));
  return frames;
}

}  // namespace

std::size_t FramePool::draw(Random& random) const {
  double at = random.uniform();
  std::size_t chosen = 0;
  while (chosen + 1 < sources.size() && at >= sources[chosen].share) at -= sources[chosen++].share;
  return sources[chosen].first + static_cast<std::size_t>(random.below(sources[chosen].count));
}

Result<FramePool> read_frames(const std::vector<std::string>& sources) {
  FramePool pool;
  double sum = 0;
  for (const std::string& text : sources) {
    const auto source = parse_source(text);
    if (!source) return fail(source.error());
    auto frames =
        source->path.extension() == ".mp4" ? read_video(*source, pool.report) : read_folder(*source, pool.report);
    if (!frames) return fail(frames.error());
    if (frames->empty()) {
      return fail(Code::not_found, "frames \"" + text + "\" hold no image that can be read; wanted one or more");
    }
    const double share = source->weight > 0 ? source->weight : std::sqrt(static_cast<double>(frames->size()));
    pool.sources.push_back({source->path.string(), pool.frames.size(), frames->size(), share});
    sum += share;
    std::ranges::move(*frames, std::back_inserter(pool.frames));
  }
  if (pool.frames.empty()) return fail(Code::invalid, "there are no frames to learn from; give folders by --frames");
  for (FramePool::Source& source : pool.sources) source.share /= sum;
  return pool;
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "train/detector/pool.hpp"

#include <functional>
#include <iterator>

#include "train/common/data/camvid.hpp"
#include "train/common/data/clip.hpp"
#include "train/common/data/kitti.hpp"
#include "train/common/data/reading.hpp"
#include "train/common/data/synthetic.hpp"
#include "train/common/data/yolo_text.hpp"

namespace weir::train {
namespace {

namespace fs = std::filesystem;
using Examples = Result<std::vector<Example>>;

// KITTI object images from this number on are kept for validation.
constexpr int kFirstKittiValidation = 200;
constexpr int kSceneFrames = 4;
constexpr int kSceneStep = 23;

struct Reader {
  std::string name;
  double weight;
  fs::path needs;  ///< relative to the data folder; left out when it is not there
  std::function<Examples(const fs::path&, ReadReport&)> read;
};

std::vector<Reader> readers() {
  return {
      {"kitti_object", 0.20, "kitti_object",
       [](const fs::path& at, ReadReport& report) { return read_kitti_object(at, 0, kFirstKittiValidation, report); }},
      {"kitti_unlabelled", 0.08, "kitti_object/unlabelled",
       [](const fs::path& at, ReadReport& report) { return read_unlabelled(at, report); }},
      {"kitti_0052", 0.12, "kitti_raw/2011_09_26/2011_09_26_drive_0052_sync",
       [](const fs::path& at, ReadReport& report) { return read_kitti_raw(at, report); }},
      {"camvid", 0.19, "camvid",
       [](const fs::path& at, ReadReport& report) { return read_camvid(at, "train", report); }},
      {"coco_road", 0.09, "coco_road",
       [](const fs::path& at, ReadReport& report) { return read_yolo_text(at, report); }},
      {"highway", 0.10, "clips/highway.mp4",
       [](const fs::path& at, ReadReport& report) { return read_clip(at, 4, 60, report); }},
      {"car_detection", 0.02, "clips/car-detection.mp4",
       [](const fs::path& at, ReadReport& report) { return read_clip(at, 8, 50, report); }},
  };
}

void add(Pool& pool, const std::string& name, double weight, std::vector<Example> examples) {
  if (examples.empty()) return;
  pool.sources.push_back({name, weight, pool.examples.size(), examples.size()});
  std::ranges::move(examples, std::back_inserter(pool.examples));
}

}  // namespace

std::size_t Pool::draw(Random& random) const {
  double at = random.uniform();
  std::size_t chosen = 0;
  while (chosen + 1 < sources.size() && at >= sources[chosen].weight) at -= sources[chosen++].weight;
  return sources[chosen].first + static_cast<std::size_t>(random.below(sources[chosen].count));
}

Result<Pool> read_pool(const fs::path& data, const PoolOptions& options) {
  Pool pool;
  for (const Reader& reader : readers()) {
    if (!fs::exists(data / reader.needs)) continue;
    auto examples = reader.read(data / reader.needs, pool.report);
    if (!examples) return fail(examples.error());
    add(pool, reader.name, reader.weight, std::move(*examples));
  }
  add(pool, "synthetic", 0.40,
      draw_synthetic({}, options.synthetic_seed, options.synthetic_scenes, kSceneFrames, kSceneStep));
  double sum = 0;
  for (const PoolSource& source : pool.sources) sum += source.weight;
  for (PoolSource& source : pool.sources) source.weight /= sum;
  return pool;
}

}  // namespace weir::train

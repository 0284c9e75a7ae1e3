// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/synthetic.hpp"

#include <string>
#include <utility>

#include "train/common/data/kitti_types.hpp"

namespace weir::train {

std::vector<Example> draw_synthetic(SceneOptions base, std::uint64_t first_seed, int scenes, int frames_per_scene,
                                    int step) {
  std::vector<Example> examples;
  std::vector<TruthBox> truth;
  for (int s = 0; s < scenes; ++s) {
    base.seed = first_seed + static_cast<std::uint64_t>(s);
    RoadScene scene(base);
    const SceneOptions& options = scene.options();
    for (int f = 0; f < frames_per_scene; ++f) {
      const std::uint64_t frame = static_cast<std::uint64_t>(f) * static_cast<std::uint64_t>(step);
      Example example;
      example.name = "synthetic/" + std::to_string(base.seed) + "/" + std::to_string(frame);
      example.image.create(options.height, options.width, CV_8UC3);
      scene.render(frame,
                   {example.image.data, options.width, options.height, static_cast<std::ptrdiff_t>(example.image.step),
                    PixelFormat::bgr8},
                   truth);
      for (const TruthBox& object : truth) add_kitti_object(example, object);
      example.labelled = true;
      examples.push_back(std::move(example));
    }
  }
  return examples;
}

}  // namespace weir::train

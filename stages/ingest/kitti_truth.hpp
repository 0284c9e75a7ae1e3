// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/detect/detection.hpp"

namespace weir {

/// The labelled objects of a recording by image number. Thread-compatible.
class KittiTruth {
 public:
  /// Reads a tracking label file: it speaks of every image, so one without a row has no objects.
  Status add_tracking_file(const std::string& file);

  /// Reads the object label file of one image.
  Status add_object_file(const std::string& file, std::int64_t image);

  /// The objects of an image, or null where nothing is known about it.
  const std::vector<TruthBox>* find(std::int64_t image) const;

  /// What was wrong with the files, for the user.
  std::vector<std::string> warnings() const;

 private:
  void note_bad_line(const std::string& file, std::size_t line, const std::string& reason);

  std::map<std::int64_t, std::vector<TruthBox>> objects_;
  bool every_image_ = false;
  std::vector<std::string> notes_;
  std::size_t bad_lines_ = 0;
};

}  // namespace weir

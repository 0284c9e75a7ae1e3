// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/kitti_truth.hpp"

#include <utility>

#include "kernels/eval/kitti_format.hpp"
#include "stages/ingest/image_files.hpp"

namespace weir {
namespace {

constexpr std::size_t kShownBadLines = 3;

}  // namespace

Status KittiTruth::add_tracking_file(const std::string& file) {
  const auto text = read_text(file);
  if (!text) return text.error();
  auto parsed = parse_tracking_truth(*text);
  for (const BadLine& bad : parsed.bad) note_bad_line(file, bad.line, bad.reason);
  if (parsed.rows.empty() && !parsed.bad.empty()) {
    return {Code::corrupt,
            file + " has no line in the format of KITTI tracking labels (17 columns); the first fault: line " +
                std::to_string(parsed.bad.front().line) + ": " + parsed.bad.front().reason};
  }
  for (TruthRow& row : parsed.rows) objects_[row.frame].push_back(std::move(row.object));
  every_image_ = true;
  return {};
}

Status KittiTruth::add_object_file(const std::string& file, std::int64_t image) {
  const auto text = read_text(file);
  if (!text) return text.error();
  auto parsed = parse_object_labels(*text);
  for (const BadLine& bad : parsed.bad) note_bad_line(file, bad.line, bad.reason);
  objects_[image] = std::move(parsed.rows);
  return {};
}

const std::vector<TruthBox>* KittiTruth::find(std::int64_t image) const {
  static const std::vector<TruthBox> none;
  const auto found = objects_.find(image);
  if (found != objects_.end()) return &found->second;
  return every_image_ ? &none : nullptr;
}

std::vector<std::string> KittiTruth::warnings() const {
  std::vector<std::string> all = notes_;
  if (bad_lines_ > notes_.size()) {
    all.push_back(std::to_string(bad_lines_ - notes_.size()) + " more label lines were skipped");
  }
  return all;
}

void KittiTruth::note_bad_line(const std::string& file, std::size_t line, const std::string& reason) {
  if (bad_lines_++ >= kShownBadLines) return;
  notes_.push_back(file + ":" + std::to_string(line) + ": " + reason + "; the line is skipped");
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "bench/proposals/camera_drive.hpp"

#include <algorithm>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <sstream>

#include "bench/common/machine.hpp"
#include "kernels/motion/camera_motion.hpp"
#include "kernels/predict/camera_correction.hpp"
#include "kernels/predict/lstm.hpp"

namespace weir::bench {
namespace {

constexpr int kWidth = 1242, kHeight = 375;

/// Shifts what another predictor tells by the camera's motion, as propose.* does. `motions` are by frame.
class PredictorWithCamera final : public BoxPredictor {
 public:
  PredictorWithCamera(BoxPredictor& inner, std::span<const PictureMotion> motions, std::int64_t first_frame)
      : inner_(inner), motions_(motions), first_frame_(first_frame) {}

  void observe(const BoxHistory& history) override {
    inner_.observe(history);
    now_ = first_frame_ + history.frame();
    // Predictions look at no motion behind the frame they are for.
    for (; next_ <= now_ + kFarthestAhead && next_ < std::ssize(motions_); ++next_) {
      correction_.add(motions_[static_cast<std::size_t>(next_)], next_);
    }
  }
  PredictedBox predict(const BoxHistory& history, std::size_t place, int ahead) const override {
    return shifted_by(inner_.predict(history, place, ahead), correction_.between(now_, now_ + ahead));
  }

 private:
  BoxPredictor& inner_;
  std::span<const PictureMotion> motions_;
  std::int64_t first_frame_, now_ = 0, next_ = 0;
  CameraCorrection correction_;
};

std::vector<Box> boxes_of(const BoxSequence& sequence, std::int64_t frame) {
  std::vector<Box> boxes;
  const auto found = std::ranges::find(sequence.frames, frame, &BoxFrame::frame);
  if (found == sequence.frames.end()) return boxes;
  for (const IdentifiedBox& object : found->boxes) boxes.push_back(object.box);
  return boxes;
}

Result<std::vector<PictureMotion>> measure(const BoxSequence& sequence, int frames) {
  CameraMotion camera;
  std::vector<PictureMotion> motions;
  for (int i = 0; i < frames; ++i) {
    const std::string digits = "00000" + std::to_string(i);
    const std::string path = data_path("kitti_tracking/image_02/0002/" + digits.substr(digits.size() - 6) + ".png");
    const cv::Mat picture = path.empty() ? cv::Mat() : cv::imread(path);
    if (picture.empty()) return fail(Code::unavailable, "the pictures of KITTI tracking 0002 are absent");
    const ImageView view{picture.data, picture.cols, picture.rows, static_cast<std::ptrdiff_t>(picture.step[0]),
                         PixelFormat::bgr8};
    motions.push_back(camera.next(view, boxes_of(sequence, i - 1)));
  }
  return motions;
}

}  // namespace

Result<CameraDriveScore> score_camera_drive(const LstmWeights& weights, int frames) {
  const std::string path = data_path("kitti_tracking/label_02/0002.txt");
  if (path.empty()) return fail(Code::unavailable, "the labels of KITTI tracking 0002 are absent");
  if (std::ranges::find(weights.trained_on, "0002") != weights.trained_on.end()) {
    return fail(Code::invalid, "the weights have learned from sequence 0002, which they are to predict");
  }
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  auto sequence = parse_kitti_sequence("0002", text.str(), kWidth, kHeight);
  if (!sequence) return fail(sequence.error());
  std::erase_if(sequence->frames, [frames](const BoxFrame& frame) { return frame.frame >= frames; });
  const auto motions = measure(*sequence, frames);
  if (!motions) return fail(motions.error());
  CameraDriveScore score;
  score.frames = frames;
  score.known = static_cast<int>(std::ranges::count(*motions, true, &PictureMotion::known));
  LstmPredictor plain(weights), inner(weights);
  PredictorWithCamera corrected(inner, *motions, sequence->frames.front().frame);
  score.without = score_honestly(*sequence, plain, Identity::truth);
  score.with = score_honestly(*sequence, corrected, Identity::truth);
  return score;
}

}  // namespace weir::bench

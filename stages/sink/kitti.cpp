// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/eval/kitti_format.hpp"
#include "kernels/eval/kitti_types.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/stage.hpp"
#include "stages/sink/answer_view.hpp"
#include "stages/sink/output_file.hpp"
#include "stages/sink/stages.hpp"

namespace weir {
namespace {

bool writable(const AnswerObject& object) {
  const Box& box = object.box;
  return std::isfinite(object.score) && std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.right) &&
         std::isfinite(box.bottom) && box.width() > 0 && box.height() > 0;
}

/// Writes answers as KITTI tracking results.
class Kitti final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Writes results in KITTI's tracking format, one text file per stream, ready for `pipeline eval`.";
  static constexpr InAnyOf<Detections, Tracks> in{
      "in", "the objects to write; detections have no identity and get the track number -1"};
  static constexpr Param<Path> path{
      {.name = "path",
       .help = "the folder to write into; it is made, and files of the same name are replaced",
       .required = true}};
  static constexpr Param<std::string> sequence{
      {.name = "sequence",
       .help = "name of the file without .txt, such as 0002; without it, the name of the stream. Only with one stream"},
      ""};
  static constexpr Param<std::string> types{
      {.name = "types",
       .help = "kitti: write classes that KITTI knows under KITTI's names (car, bus and truck are Car, person is "
               "Pedestrian, bicycle is Cyclist) and leave out all others; model: write every class under the model's "
               "own name",
       .choices = "kitti|model"},
      "kitti"};
  static constexpr Param<std::int64_t> max_missed{
      {.name = "max_missed",
       .help = "write a track that was not seen in this frame if it was seen at most so many frames ago; 0 writes only "
               "what was seen",
       .unit = "frames",
       .min = 0,
       .max = 1000},
      0};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array params{path.info(), sequence.info(), types.info(), max_missed.info()};
  static constexpr Execution execution{.blocking = true};

  Status open(OpenContext& cx) override {
    const std::string& name = cx.param(sequence);
    if (!name.empty() && cx.streams().size() > 1) {
      return {Code::invalid, "sequence: \"" + name + "\" names one file, but " + std::to_string(cx.streams().size()) +
                                 " streams come in; leave it out and each stream gets a file of its own name"};
    }
    if (name.find('/') != std::string::npos) {
      return {Code::invalid, "sequence: \"" + name + "\" holds a \"/\"; name the folder in path"};
    }
    for (const std::string& stream : cx.streams()) {
      const auto file = std::filesystem::path(cx.param(path).value) / ((name.empty() ? stream : name) + ".txt");
      auto output = OutputFile::create(file.string(), "path");
      if (!output) return output.error();
      files_.push_back(*std::move(output));
    }
    kitti_types_ = cx.param(types) == "kitti";
    max_missed_ = cx.param(max_missed);
    return {};
  }

  Status process(Context& cx) override {
    const AnswerView answer(cx.packet(in));
    if (ClassNamesPtr classes = answer.classes(); classes != classes_) learn(std::move(classes));
    lines_.clear();
    for (std::size_t i = 0; i < answer.size(); ++i) {
      const AnswerObject object = answer[i];
      const std::string& type = type_of(object.class_id);
      if (type.empty() || object.missed > max_missed_ || !writable(object)) continue;
      row_.box = object.box;
      row_.type = type;
      row_.score = object.score;
      row_.track_id = object.id;
      append_tracking_result(lines_, static_cast<std::int64_t>(cx.stamp().frame), row_);
    }
    return lines_.empty() ? Status{} : files_.at(cx.stamp().stream).write(lines_);
  }

  Status close() override {
    Status first;
    for (OutputFile& file : files_) {
      if (Status status = file.close(); !status && first) first = std::move(status);
    }
    return first;
  }

 private:
  void learn(ClassNamesPtr classes) {
    types_of_class_.clear();
    for (const std::string& name : classes ? *classes : ClassNames{}) {
      types_of_class_.emplace_back(kitti_types_ ? kitti_type(name).value_or("") : name);
    }
    classes_ = std::move(classes);
  }

  // Empty: the class is not written.
  const std::string& type_of(std::int32_t class_id) const {
    static const std::string kNone;
    const bool named = class_id >= 0 && static_cast<std::size_t>(class_id) < types_of_class_.size();
    return named ? types_of_class_[static_cast<std::size_t>(class_id)] : kNone;
  }

  std::vector<OutputFile> files_;  // by StreamId
  ClassNamesPtr classes_;          // whose names types_of_class_ holds
  std::vector<std::string> types_of_class_;
  std::string lines_;
  ScoredBox row_;
  std::int64_t max_missed_ = 0;
  bool kitti_types_ = true;
};

}  // namespace

Status add_sink_kitti(Registry& registry) { return registry.add<Kitti>("sink.kitti"); }

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "app/eval_scores.hpp"

#include <nlohmann/json.hpp>

#include "app/text.hpp"
#include "kernels/eval/kitti_types.hpp"

namespace weir::app {
namespace {

constexpr double kLooseIou = 0.5;

std::vector<EvalFrame> all_frames(const EvalInput& input) {
  std::vector<EvalFrame> frames;
  for (const Sequence& sequence : input.sequences) {
    frames.insert(frames.end(), sequence.frames.begin(), sequence.frames.end());
  }
  return frames;
}

bool has_truth(const std::vector<EvalFrame>& frames, std::string_view type) {
  for (const EvalFrame& frame : frames) {
    for (const TruthBox& box : frame.truth) {
      if (same_type(box.type, type)) return true;
    }
  }
  return false;
}

std::string ap_row(const char* label, const std::string& type, double iou, const ObjectApResult& ap) {
  const auto r40 = [&](Difficulty difficulty) { return ap.at(difficulty).r40; };
  const auto truth = [&](Difficulty difficulty) { return ap.at(difficulty).truth; };
  return print("%-11s %-12s %4.2f %8.2f %9.2f %8.2f %7zu %6zu %6zu\n", type.c_str(), label, iou, r40(Difficulty::easy),
               r40(Difficulty::moderate), r40(Difficulty::hard), truth(Difficulty::easy), truth(Difficulty::moderate),
               truth(Difficulty::hard));
}

std::string tracking_row(const std::string& type, const std::string& sequence, const TrackingScores& scores) {
  const ClearScores& clear = scores.clear;
  return print("%-11s %-12s %6.2f %6.2f %6.2f %6.2f %7.2f %6.2f %6.2f %5zu %6zu %6zu %6zu\n", type.c_str(),
               sequence.c_str(), scores.hota.hota(), scores.hota.det_a(), scores.hota.ass_a(), scores.hota.loc_a(),
               clear.mota(), clear.motp(), scores.identity.idf1(), clear.switches, clear.hits, clear.false_alarms,
               clear.misses);
}

nlohmann::ordered_json ap_json(const ObjectApResult& ap) {
  nlohmann::ordered_json json;
  constexpr std::array kNames{"easy", "moderate", "hard"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const ApScore& score = ap.by_difficulty[i];
    json[kNames[i]] = {{"r40", score.r40}, {"r11", score.r11}, {"objects", score.truth}};
  }
  return json;
}

nlohmann::ordered_json tracking_json(const TrackingScores& scores) {
  const ClearScores& clear = scores.clear;
  return {{"HOTA", scores.hota.hota()},
          {"DetA", scores.hota.det_a()},
          {"AssA", scores.hota.ass_a()},
          {"LocA", scores.hota.loc_a()},
          {"MOTA", clear.mota()},
          {"MOTP", clear.motp()},
          {"recall", clear.recall()},
          {"precision", clear.precision()},
          {"IDSW", clear.switches},
          {"TP", clear.hits},
          {"FP", clear.false_alarms},
          {"FN", clear.misses},
          {"MT", clear.mostly_tracked},
          {"PT", clear.partly_tracked},
          {"ML", clear.mostly_lost},
          {"Frag", clear.fragments},
          {"IDF1", scores.identity.idf1()},
          {"IDR", scores.identity.recall()},
          {"IDP", scores.identity.precision()}};
}

}  // namespace

Result<EvalScores> score(const EvalInput& input) {
  EvalScores scores;
  const std::vector<EvalFrame> frames = all_frames(input);
  scores.frames = frames.size();
  for (const Sequence& sequence : input.sequences) scores.sequences.push_back(sequence.name);
  for (const char* type : {"Car", "Pedestrian", "Cyclist"}) {
    if (!has_truth(frames, type)) continue;
    TypeScores one;
    one.type = type;
    one.min_iou = default_min_iou(type);
    one.ap = object_ap(frames, {type, one.min_iou});
    one.ap50 = object_ap(frames, {type, kLooseIou});
    if (!input.timed.empty()) one.streaming = streaming_ap(input.timed, {type, one.min_iou});
    if (input.tracks) {
      auto tracking = evaluate_tracking(input.sequences, type);
      if (!tracking) return fail(tracking.error());
      one.tracking = std::move(*tracking);
    }
    scores.types.push_back(std::move(one));
  }
  return scores;
}

std::string eval_tables(const EvalScores& scores) {
  if (scores.types.empty()) return "no Car, Pedestrian or Cyclist in the truth: nothing to score\n";
  std::string text = print("average precision, percent, 40 recall points; %zu frames\n", scores.frames);
  text += "class                     IoU     easy  moderate     hard   (objects: easy, moderate, hard)\n";
  for (const TypeScores& one : scores.types) {
    text += ap_row("AP", one.type, one.min_iou, one.ap);
    if (one.min_iou != kLooseIou) text += ap_row("AP", one.type, kLooseIou, one.ap50);
    if (one.streaming) text += ap_row("streaming AP", one.type, one.min_iou, *one.streaming);
  }
  bool head = false;
  for (const TypeScores& one : scores.types) {
    if (!one.tracking) continue;
    if (!head) {
      text += "\ntracking, percent\n";
      text += "class       sequence       HOTA   DetA   AssA   LocA    MOTA   MOTP   IDF1  IDSW     TP     FP     FN\n";
      head = true;
    }
    for (std::size_t i = 0; i < scores.sequences.size() && scores.sequences.size() > 1; ++i) {
      text += tracking_row(one.type, scores.sequences[i], one.tracking->per_sequence[i]);
    }
    text +=
        tracking_row(one.type, scores.sequences.size() > 1 ? "combined" : scores.sequences[0], one.tracking->combined);
  }
  return text;
}

std::string eval_json(const EvalScores& scores) {
  nlohmann::ordered_json json{{"frames", scores.frames}, {"sequences", scores.sequences}};
  json["classes"] = nlohmann::ordered_json::object();
  for (const TypeScores& one : scores.types) {
    nlohmann::ordered_json type{{"min_iou", one.min_iou}, {"ap", ap_json(one.ap)}, {"ap50", ap_json(one.ap50)}};
    if (one.streaming) type["streaming_ap"] = ap_json(*one.streaming);
    if (one.tracking) {
      type["tracking"]["combined"] = tracking_json(one.tracking->combined);
      for (std::size_t i = 0; i < scores.sequences.size(); ++i) {
        type["tracking"]["per_sequence"][scores.sequences[i]] = tracking_json(one.tracking->per_sequence[i]);
      }
    }
    json["classes"][one.type] = std::move(type);
  }
  return json.dump(2) + "\n";
}

}  // namespace weir::app

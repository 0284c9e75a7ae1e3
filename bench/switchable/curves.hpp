// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "bench/switchable/recording.hpp"
#include "bench/switchable/subject.hpp"

namespace weir::bench {

/// What one rung takes and keeps.
struct CurvePoint {
  std::string series;  ///< "switchable", "jpeg", "webp", "h264"
  std::string rung;
  double bytes = 0;      ///< of a frame, mean
  double agreement = 0;  ///< with the untouched network, average precision in [0, 1]
  double truth = -1;     ///< AP of Car, moderate, IoU 0.5, in percent; below 0: no labels
};

using Curve = std::vector<CurvePoint>;

/// Settings of all measurements here.
MeasureOptions measure_options(const Subject& subject);

/// Every setup of the subject over real messages, the codec's tables made from `calibration`.
Result<Curve> switchable_curve(const Subject& subject, const Recording& recording,
                               const std::vector<const Recording*>& calibration);

/// AP of Car at IoU 0.5 in percent; below 0 without labels.
double precision_on_truth(const Subject& subject, const Recording& recording, const SetupScore& score);

/// The best agreement of a series for at most so many bytes; 0 where it has no such point.
double agreement_within(const Curve& curve, const std::string& series, double bytes);

/// By how many points our agreement exceeds the best rival's, where it does least.
struct Lead {
  double points = 0;
  double bytes = 0;  ///< the budget where that is
};

/// Over budgets of 2 to 12 kB a frame: each side has its best rung within the budget.
Lead least_lead(const Curve& curve, const std::vector<std::string>& rivals);

/// Writes the points as lines for bench_plot curve.
Status write_curve(const Curve& curve, const std::string& file);

}  // namespace weir::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "kernels/eval/tracking_data.hpp"

namespace weir {

/// The counts behind the Identity scores; those of several sequences add up.
struct IdentityScores {
  std::size_t hits = 0;          ///< IDTP
  std::size_t misses = 0;        ///< IDFN
  std::size_t false_alarms = 0;  ///< IDFP

  double idf1() const;       ///< percent; 0 without any box
  double recall() const;     ///< IDR, percent
  double precision() const;  ///< IDP, percent
  IdentityScores& operator+=(const IdentityScores& other);
};

/// Identity scores (Ristani et al., ECCV Workshops 2016, section 2): truth tracks are paired one to one with result
/// tracks so that as many boxes as possible overlap their partner's box by 0.5 or more. Pure; safe with one solver per
/// thread.
IdentityScores identity_scores(const TrackingData& data, AssignmentSolver& solver);

}  // namespace weir

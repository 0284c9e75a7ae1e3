// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/scene/pencil.hpp"
#include "kernels/scene/world.hpp"

namespace weir::scene {

/// Draw one thing with a pencil that has begun it; parts too small to see are left out.
void draw_vehicle(Pencil& pencil, const Actor& actor, bool details);
void draw_pedestrian(Pencil& pencil, const Actor& actor);
void draw_cyclist(Pencil& pencil, const Actor& actor);
void draw_scenery(Pencil& pencil, const Actor& actor);

/// Sky, hills, ground and the marks on the road: everything behind the actors. `dusk` (0 to 1) reddens the sky.
void draw_backdrop(Canvas& canvas, const View& view, const Light& light, const Moment& moment, std::uint64_t seed,
                   double dusk, bool details);

}  // namespace weir::scene

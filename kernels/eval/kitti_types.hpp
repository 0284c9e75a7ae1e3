// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace weir {

/// Whether two KITTI type names are the same; case does not count.
bool same_type(std::string_view a, std::string_view b);

/// The type whose objects are neutral when `type` is scored (found or missed, they count for nothing): Van for Car,
/// Person_sitting for Pedestrian; empty where there is none.
std::string_view neutral_type(std::string_view type);

/// Whether a label of type `label` is neutral when `type` is scored.
bool is_neutral(std::string_view label, std::string_view type);

/// The KITTI type under which a model's class is scored, or nothing where KITTI has no such type.
///
/// Knows the COCO names (car, bus, truck -> Car; person -> Pedestrian; bicycle -> Cyclist; motorcycle -> nothing), our
/// own (pedestrian, cyclist, van) and KITTI's. Car, bus and truck are one class because COCO models call KITTI's cars
/// and vans by any of the three. Meant for class names of a model: in a KITTI file Truck is a type of its own.
std::optional<std::string_view> kitti_type(std::string_view class_name);

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/kitti_types.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(KittiTypes, ClassNamesOfModelsBecomeTypes) {
  for (const char* name : {"car", "Car", "CAR", "bus", "truck"}) EXPECT_EQ(kitti_type(name), "Car") << name;
  for (const char* name : {"person", "pedestrian", "Pedestrian"}) EXPECT_EQ(kitti_type(name), "Pedestrian") << name;
  for (const char* name : {"bicycle", "cyclist", "Cyclist"}) EXPECT_EQ(kitti_type(name), "Cyclist") << name;
  EXPECT_EQ(kitti_type("van"), "Van");
  for (const char* name : {"motorcycle", "traffic light", "DontCare", ""}) EXPECT_FALSE(kitti_type(name)) << name;
}

TEST(KittiTypes, NeutralTypes) {
  EXPECT_TRUE(is_neutral("van", "car"));
  EXPECT_TRUE(is_neutral("Person_Sitting", "PEDESTRIAN"));
  EXPECT_FALSE(is_neutral("Van", "Pedestrian"));
  EXPECT_FALSE(is_neutral("Car", "Car"));
  EXPECT_FALSE(is_neutral("", "Cyclist"));
}

}  // namespace
}  // namespace weir

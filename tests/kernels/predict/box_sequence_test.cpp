// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/box_sequence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::HasSubstr;

const std::string kHeader = "seq,frame,track_id,x1,y1,x2,y2,img_w,img_h\n";

std::string error_of(const std::string& text) {
  const auto parsed = parse_box_table(text);
  return parsed ? "no error" : parsed.error().text;
}

TEST(BoxTable, ReadsSequencesAndLeavesOutIgnoredRegions) {
  const std::string text = kHeader +
                           "0001,3,1002,1,2,30,40,1242,375\r\n"
                           "0001,3,10000,0,0,9,9,1242,375\n"
                           "0001,5,2001,-1,2,3.5,4,1242,375\n"
                           "\n"
                           "0004,0,10000,0,0,9,9,1241,376\n";
  const auto sequences = parse_box_table(text).value();
  ASSERT_EQ(sequences.size(), 2U);
  ASSERT_EQ(sequences[0].frames.size(), 2U);
  EXPECT_EQ(sequences[0].name, "0001");
  EXPECT_EQ(sequences[0].frames[0].frame, 3);
  ASSERT_EQ(sequences[0].frames[0].boxes.size(), 1U);
  EXPECT_EQ(sequences[0].frames[0].boxes[0].class_id, 1);
  EXPECT_EQ(sequences[0].frames[0].boxes[0].box, (Box{1, 2, 30, 40}));
  EXPECT_EQ(sequences[0].frames[1].boxes[0].box.right, 3.5F);
  EXPECT_TRUE(sequences[1].frames.empty());
  EXPECT_EQ(parse_box_table(text, true).value()[0].frames[0].boxes.size(), 2U);
}

TEST(BoxTable, TellsWhatIsWrongAndWhere) {
  EXPECT_THAT(error_of(""), HasSubstr("line 1: the header is \"\""));
  EXPECT_THAT(error_of("seq,frame,x1\n"), HasSubstr("wanted \"seq,frame,track_id"));
  EXPECT_THAT(error_of(kHeader), HasSubstr("there is no row"));
  EXPECT_THAT(error_of(kHeader + "0,1,1001,1,2,3,4,10\n"), HasSubstr("line 2: it has 8 columns, wanted the 9"));
  EXPECT_THAT(error_of(kHeader + "0,1,1001,1,2,3,4,10,10,1\n"), HasSubstr("it has 10 columns"));
  EXPECT_THAT(error_of(kHeader + "0,1,1001,nan,2,3,4,10,10\n"), HasSubstr("x1 is \"nan\", wanted a number"));
  EXPECT_THAT(error_of(kHeader + "0,1,1001,1,inf,3,4,10,10\n"), HasSubstr("y1 is \"inf\""));
  EXPECT_THAT(error_of(kHeader + "0,1.5,1001,1,2,3,4,10,10\n"), HasSubstr("frame is \"1.5\", wanted a whole number"));
  EXPECT_THAT(error_of(kHeader + "0,1,1001,1,2,3,4,0,10\n"), HasSubstr("img_w is \"0\""));
  EXPECT_THAT(error_of(kHeader + "0,1,1001,3,2,3,4,10,10\n"), HasSubstr("inside out or empty"));
}

TEST(BoxTable, TellsOfRowsOutOfOrder) {
  const std::string row = kHeader + "a,5,1001,1,2,3,4,10,10\n";
  EXPECT_THAT(error_of(row + "a,4,1001,1,2,3,4,10,10\n"),
              HasSubstr("line 3: frame 4 comes after frame 5; sort the rows"));
  EXPECT_THAT(error_of(row + "a,5,1001,1,2,3,4,10,10\n"), HasSubstr("track_id 1001 is in frame 5 twice"));
  EXPECT_THAT(error_of(row + "a,5,1002,1,2,3,4,10,20\n"), HasSubstr("wanted one size for a frame"));
  EXPECT_THAT(error_of(row + "b,1,1001,1,2,3,4,10,10\na,6,1001,1,2,3,4,10,10\n"),
              HasSubstr("line 4: sequence a goes on after another began"));
}

TEST(KittiSequence, ReadsLabels) {
  const std::string text =
      "0 7 Car 0 0 0 100 100 200 200 -1 -1 -1 -1 -1 -1 -1\n"
      "0 -1 DontCare -1 -1 -10 0 0 20 20 -1 -1 -1 -1000 -1000 -1000 -10\n"
      "2 7 Car 0 0 0 110 100 210 200 -1 -1 -1 -1 -1 -1 -1\n";
  const auto sequence = parse_kitti_sequence("0002", text, 1242, 375).value();
  ASSERT_EQ(sequence.frames.size(), 2U);
  EXPECT_EQ(sequence.frames[0].boxes.size(), 1U);
  EXPECT_EQ(sequence.frames[1].frame, 2);
  EXPECT_EQ(sequence.frames[1].boxes[0].id, 7);
  EXPECT_EQ(sequence.frames[1].width, 1242);
  EXPECT_FALSE(parse_kitti_sequence("0002", "", 1242, 375));
  EXPECT_THAT(parse_kitti_sequence("0002", text + "3 oops\n", 1242, 375).error().text, HasSubstr("line 4"));
}

}  // namespace
}  // namespace weir

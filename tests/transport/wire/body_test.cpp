// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <array>
#include <cstring>
#include <limits>

#include "tests/transport/wire/bytes.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/body_writer.hpp"

namespace weir::test {
namespace {

using testing::HasSubstr;
using Kind = BodyValue::Kind;

Result<BodyReader> read(const std::shared_ptr<const Body>& body) { return BodyReader::read(owned(joined(*body))); }

TEST(Body, EveryKindOfValueComesBack) {
  BodyWriter writer;
  writer.begin_map(8).key("none").nothing().key("yes").boolean(true).key("below").integer(-70'000);
  writer.key("most").natural(std::numeric_limits<std::uint64_t>::max()).key("half").number(0.5).key("name").text("Zoë");
  writer.key("bin").binary(owned({1, 2, 3})).key("list").begin_array(2).integer(7).text("x");
  const Result<BodyReader> reader = read(writer.finish());
  ASSERT_TRUE(reader) << reader.error().text;
  const BodyValue root = reader->root();
  EXPECT_EQ(root.size(), 8U);
  EXPECT_EQ(root.get("none")->kind(), Kind::nothing);
  EXPECT_EQ(root.get("yes")->boolean(), true);
  EXPECT_EQ(root.get("below")->integer(), -70'000);
  EXPECT_EQ(root.get("most")->natural(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(root.get("most")->integer());
  EXPECT_EQ(root.get("half")->number(), 0.5);
  EXPECT_EQ(root.get("below")->number(), -70'000.0);
  EXPECT_EQ(root.get("name")->text(), "Zoë");
  EXPECT_EQ(root.get("bin")->binary()->size(), 3U);
  EXPECT_EQ(root.get("list")->at(0).natural(), 7U);
  EXPECT_EQ(root.get("list")->at(2).kind(), Kind::nothing);
  EXPECT_EQ(root.key_at(5), "name");
  EXPECT_EQ(root.value_at(5).text(), "Zoë");
  EXPECT_FALSE(root.find("other"));
}

TEST(Body, TheWriterIsEmptyAgainAfterFinish) {
  BodyWriter writer;
  const Buffer first = joined(*writer.begin_map(1).key("a").integer(1).finish());
  const Buffer second = joined(*writer.begin_map(1).key("a").integer(1).finish());
  EXPECT_EQ(first, (Buffer{0x81, 0xA1, 'a', 1}));
  EXPECT_EQ(first, second);
}

TEST(Body, LargeTensorsAreReferredToAndSmallOnesCopied) {
  const auto large = std::make_shared<std::vector<float>>(100, 1.5F);
  const auto small = std::make_shared<std::vector<float>>(4, 2.5F);
  BodyWriter writer;
  writer.begin_map(2).key("large").tensor(view_of(*large, {4, 25}), large);
  writer.key("small").tensor(view_of(*small, {4}), small);
  const std::shared_ptr<const Body> body = writer.finish();
  ASSERT_EQ(body->pieces.size(), 3U);
  EXPECT_EQ(static_cast<const void*>(body->pieces[1].view.data()), large->data());
  EXPECT_EQ(large.use_count(), 2);
  EXPECT_EQ(small.use_count(), 1);
  EXPECT_EQ(body->bytes, joined(*body).size());
}

TEST(Body, PiecesLiveOnWithoutTheBody) {
  BodyWriter writer;
  Bytes piece = writer.begin_map(1).key("key").text("value").finish()->pieces.front();
  EXPECT_EQ(Buffer(piece.view.begin(), piece.view.end()).size(), 11U);
}

TEST(Body, ATensorComesBackWithoutACopy) {
  const auto values = std::make_shared<std::vector<float>>(60);
  for (std::size_t i = 0; i < values->size(); ++i) (*values)[i] = static_cast<float>(i);
  BodyWriter writer;
  const Result<BodyReader> reader =
      read(writer.begin_map(1).key("t").tensor(view_of(*values, {3, 20}), values).finish());
  ASSERT_TRUE(reader);
  const Result<TensorView> tensor = reader->root().get("t")->tensor();
  ASSERT_TRUE(tensor) << tensor.error().text;
  EXPECT_EQ(tensor->dtype, DType::f32);
  EXPECT_EQ(tensor->shape, (Shape{3, 20}));
  EXPECT_EQ(std::memcmp(tensor->data, values->data(), 240), 0);
  const auto* data = static_cast<const std::uint8_t*>(tensor->data);
  EXPECT_EQ(data + 240, reader->bytes().view.data() + reader->bytes().view.size());
}

TEST(Body, EveryTypeAndRankOfTensorComesBack) {
  for (const DType type : {DType::f32, DType::f16, DType::bf16, DType::i8, DType::u8, DType::i32, DType::i64}) {
    for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{2, 1, 1, 1, 1, 1, 1, 2}}) {
      const Tensor tensor(type, shape);
      BodyWriter writer;
      const Result<BodyReader> reader = read(writer.begin_map(1).key("t").tensor(tensor.view(), {}).finish());
      const Result<TensorView> view = reader->root().get("t")->tensor();
      ASSERT_TRUE(view) << view.error().text;
      EXPECT_EQ(view->dtype, type);
      EXPECT_EQ(view->shape, shape);
    }
  }
}

TEST(Body, AQuantisedTensorIsNotTakenForAPlainOne) {
  const std::array<std::int8_t, 2> stored{-3, 4};
  BodyWriter writer;
  writer.begin_map(1).key("t").tensor({DType::i8, {2}, stored.data()}, {}, Quantisation{0.25, -1});
  const Result<BodyReader> reader = read(writer.finish());
  const BodyValue value = *reader->root().get("t");
  EXPECT_EQ(value.tensor().error().code, Code::unsupported);
  const Result<QuantisedTensor> tensor = value.quantised_tensor();
  ASSERT_TRUE(tensor) << tensor.error().text;
  EXPECT_EQ(tensor->quantisation, (Quantisation{0.25, -1}));
  EXPECT_EQ(tensor->stored.as<std::int8_t>()[1], 4);
}

TEST(Body, ErrorsNameThePlace) {
  BodyWriter writer;
  writer.begin_map(1).key("inputs").begin_array(2).nothing().begin_map(1).key("tensor").text("no");
  const Result<BodyReader> reader = read(writer.finish());
  const BodyValue tensor = *reader->root().get("inputs")->at(1).get("tensor");
  EXPECT_EQ(tensor.natural().error().text, "body: inputs[1].tensor is text, wanted is an integer of 0 or more");
  EXPECT_EQ(reader->root().get("x").error().text, "body has no \"x\"");
  EXPECT_THAT(reader->root().get("inputs")->at(0).get("x").error().text, HasSubstr("inputs[0] is nil"));
}

}  // namespace
}  // namespace weir::test

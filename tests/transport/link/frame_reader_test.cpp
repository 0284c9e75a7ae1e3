// SPDX-License-Identifier: Apache-2.0
#include "transport/link/frame_reader.hpp"

#include <gtest/gtest.h>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

struct Sent {
  std::uint64_t id = 0;
  std::vector<std::uint8_t> body;
  bool skipped = false;  // by the reader, who does not know it
};

Sent random_message(Random& random, std::uint64_t id, std::vector<std::uint8_t>& stream) {
  Sent sent{id, std::vector<std::uint8_t>(random.below(3) * random.below(300)), random.below(5) == 0};
  for (std::uint8_t& byte : sent.body) byte = static_cast<std::uint8_t>(random.next());
  FrameHeader header;
  header.id = id;
  header.body_bytes = static_cast<std::uint32_t>(sent.body.size());
  header.header_bytes = static_cast<std::uint16_t>(kHeaderBytes + random.below(2) * random.below(90));
  if (sent.skipped) {
    header.type = static_cast<MessageType>(99);
    header.flags |= MessageFlags::ignorable;
  }
  if (random.below(2) == 0) {
    BodyCheck check;
    check.add(sent.body);
    header.flags |= MessageFlags::checked;
    header.body_check = check.value();
  }
  const auto head = encode_header(header);
  stream.insert(stream.end(), head.begin(), head.end());
  stream.resize(stream.size() + header.header_bytes - kHeaderBytes, 0xEE);
  stream.insert(stream.end(), sent.body.begin(), sent.body.end());
  return sent;
}

/// However the bytes are cut, and whichever way they take, the same messages come out.
TEST(FrameReader, ReadsAStreamCutAnywhere) {
  const auto pool = BodyPool::create(1 << 20);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    std::vector<std::uint8_t> stream;
    std::vector<Sent> expected;
    for (std::uint64_t id = 0; id < 20; ++id) {
      Sent sent = random_message(random, id, stream);
      if (!sent.skipped) expected.push_back(std::move(sent));
    }
    FrameReader reader(pool, 1000);
    std::vector<InMessage> got;
    for (std::span<const std::uint8_t> rest(stream); !rest.empty();) {
      auto part = rest.first(std::min<std::size_t>(rest.size(), 1 + random.below(120)));
      rest = rest.subspan(part.size());
      const auto direct = part.first(std::min(part.size(), reader.space().size()));
      if (!direct.empty()) {
        std::copy(direct.begin(), direct.end(), reader.space().begin());
        reader.filled(direct.size());
        part = part.subspan(direct.size());
      }
      InMessage message;
      for (;;) {
        const auto whole = reader.next(part, message);
        ASSERT_TRUE(whole) << "seed " << seed << ": " << whole.error().text;
        if (!*whole) break;
        got.push_back(std::move(message));
      }
      EXPECT_TRUE(part.empty());
    }
    EXPECT_TRUE(reader.between_messages());
    ASSERT_EQ(got.size(), expected.size()) << "seed " << seed;
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].header.id, expected[i].id);
      EXPECT_TRUE(std::equal(got[i].body.view.begin(), got[i].body.view.end(), expected[i].body.begin(),
                             expected[i].body.end()));
    }
  }
}

TEST(FrameReader, TakesNoMemoryForABodyThatIsTooLarge) {
  const auto pool = BodyPool::create(1 << 20);
  FrameReader reader(pool, 1000);
  FrameHeader header;
  header.body_bytes = 1001;
  const auto head = encode_header(header);
  std::span<const std::uint8_t> input(head);
  InMessage message;
  const auto whole = reader.next(input, message);
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().code, Code::invalid);
  EXPECT_TRUE(reader.space().empty());
}

}  // namespace
}  // namespace weir

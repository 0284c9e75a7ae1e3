// SPDX-License-Identifier: Apache-2.0
#include "transport/wire/crc32c.hpp"

#include <gtest/gtest.h>

#include "kernels/base/random.hpp"
#include "tests/transport/wire/bytes.hpp"

namespace weir::test {
namespace {

// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
TEST(Crc32c, KnownValues) {
  EXPECT_EQ(crc32c(Buffer{}), 0U);
  EXPECT_EQ(crc32c(buffer_of("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c(Buffer(32, 0x00)), 0x8A9136AAU);
  EXPECT_EQ(crc32c(Buffer(32, 0xFF)), 0x62A8AB43U);
}

TEST(Crc32c, InstructionAgreesWithTable) {
  Random random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    Buffer bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
    EXPECT_EQ(crc32c(bytes), crc32c_scalar(bytes)) << size << " bytes";
  }
}

}  // namespace
}  // namespace weir::test

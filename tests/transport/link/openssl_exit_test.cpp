// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <cstdlib>

#include "transport/link/nats/nats_library.hpp"

namespace weir {
namespace {

TEST(OpensslAtExit, IsThereForThreadsThatRunOn) {
  ASSERT_FALSE(nats_text(NATS_TIMEOUT).empty());  // which links NATS in
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        OPENSSL_atexit([] { _exit(1); });  // called when OpenSSL frees itself
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace weir

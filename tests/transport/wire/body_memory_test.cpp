// SPDX-License-Identifier: Apache-2.0
// What a hostile body may cost: memory in proportion to the bytes that came, whatever its counts promise.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "tests/transport/wire/bytes.hpp"
#include "transport/wire/body_reader.hpp"

namespace {

thread_local std::size_t allocated = 0;

}  // namespace

void* operator new(std::size_t size) {
  allocated += size;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace weir::test {
namespace {

/// Bytes that were allocated while the body was read, those given back included.
std::size_t cost_of(const std::string& body) {
  const Bytes bytes = owned(buffer_of(body));
  allocated = 0;
  static_cast<void>(BodyReader::read(bytes));
  return allocated;
}

std::string repeated(const std::string& part, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += part;
  return all;
}

TEST(BodyMemory, APromiseCostsNothing) {
  const std::string begin =
      "\x81\xA1"
      "a";
  for (const std::string& promise : {std::string("\xDD\xFF\xFF\xFF\xFF"), std::string("\xDF\xFF\xFF\xFF\xFF"),
                                     std::string("\xDC\x10\x00", 3), repeated(std::string("\xDC\x10\x00", 3), 16),
                                     std::string("\xDE\x01\x00", 3), std::string("\xC6\x04\x00\x00\x00", 5),
                                     std::string("\xDB\x00\x00\xFF\xFF", 5), std::string("\xC9\xFF\xFF\xFF\xFF\x01")}) {
    EXPECT_LT(cost_of(begin + promise), 4096U);
  }
}

TEST(BodyMemory, AMegabyteOfNestedArraysIsLeftAtOnce) {
  EXPECT_LT(cost_of("\x81\xA1"
                    "a" +
                    std::string(1 << 20, '\x91')),
            8192U);
}

TEST(BodyMemory, AMegabyteOfSmallValuesStaysWithinTheLimit) {
  const std::string row = std::string("\xDC\x10\x00", 3) + std::string(4096, '\xC0');
  const std::string body =
      "\x81\xA1"
      "a" +
      ("\xDC" + std::string("\x01\x00", 2)) + repeated(row, 256);
  EXPECT_LT(cost_of(body), std::size_t{16} << 20);
}

}  // namespace
}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
// Prints the fingerprint of the codec with the tables of a file; built for another machine by cross_test.
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/kernels/codec/feature_samples.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ifstream file(argv[1], std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  const auto tables = weir::CodeTables::parse(bytes);
  if (!tables) {
    std::cerr << tables.error().text << "\n";
    return 1;
  }
  std::cout << weir::test::codec_fingerprint(*tables) << "\n";
}

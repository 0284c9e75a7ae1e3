// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tests/fuzz/targets.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/body_writer.hpp"
#include "transport/wire/control.hpp"
#include "transport/wire/crc32c.hpp"
#include "transport/wire/little_endian.hpp"

namespace weir::fuzz {
namespace {

/// Memory of exactly this size, so that the address sanitizer sees the first byte beyond it.
Bytes exact(std::span<const std::uint8_t> input) {
  const auto copy = std::shared_ptr<std::uint8_t[]>(new std::uint8_t[input.size()]);
  std::copy(input.begin(), input.end(), copy.get());
  return {{copy.get(), input.size()}, copy};
}

/// Touches every value, and every getter of it.
void visit(const BodyValue& value) {
  static_cast<void>(value.boolean());
  static_cast<void>(value.integer());
  static_cast<void>(value.natural());
  static_cast<void>(value.number());
  static_cast<void>(value.text());
  static_cast<void>(value.binary());
  const Result<QuantisedTensor> tensor = value.quantised_tensor();
  if (tensor && tensor->stored.bytes() > 0) {
    const auto* data = static_cast<const volatile std::uint8_t*>(tensor->stored.data);
    static_cast<void>(data[0] + data[tensor->stored.bytes() - 1]);
  }
  const bool is_map = value.kind() == BodyValue::Kind::map;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (is_map && !value.find(value.key_at(i))) std::abort();
    visit(is_map ? value.value_at(i) : value.at(i));
  }
}

template <typename T>
void come_back(const Result<T>& value, Result<T> (*decode)(const Bytes&)) {
  if (!value) return;
  const std::shared_ptr<const Body> encoded = wire::encode(*value);
  std::vector<std::uint8_t> bytes;
  for (const Bytes& piece : encoded->pieces) bytes.insert(bytes.end(), piece.view.begin(), piece.view.end());
  const Result<T> again = decode(exact(bytes));
  if (!again || !(*again == *value)) std::abort();
}

}  // namespace

void header(std::span<const std::uint8_t> input) {
  static_cast<void>(decode_header(exact(input).view, kMaxBodyBytes));
  if (input.size() < kHeaderBytes) return;
  std::vector<std::uint8_t> bytes(input.begin(), input.end());
  store_little(bytes.data(), kWireMagic);  // beyond the magic and the check there is more to find
  bytes[4] = kWireMajor;
  store_little(bytes.data() + 44, crc32c({bytes.data(), 44}));
  const Result<FrameHeader> decoded = decode_header(bytes, kMaxBodyBytes);
  if (!decoded) return;
  if (decoded->body_bytes > kMaxBodyBytes || decoded->header_bytes < kHeaderBytes) std::abort();
  std::fill_n(bytes.begin() + 12, 4, std::uint8_t{0});
  store_little(bytes.data() + 44, crc32c({bytes.data(), 44}));
  const auto again = encode_header(*decoded);
  if (std::memcmp(again.data(), bytes.data(), again.size()) != 0) std::abort();
}

void body(std::span<const std::uint8_t> input) {
  const Result<BodyReader> reader = BodyReader::read(exact(input));
  if (reader) visit(reader->root());
}

void control(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const Bytes body = exact(input.subspan(1));
  switch (input[0] % 6) {
    case 0:
      return come_back(wire::decode_hello(body), wire::decode_hello);
    case 1:
      return come_back(wire::decode_hello_ack(body), wire::decode_hello_ack);
    case 2:
      return come_back(wire::decode_credit(body), wire::decode_credit);
    case 3:
      return come_back(wire::decode_nack(body), wire::decode_nack);
    case 4:
      return come_back(wire::decode_drain(body), wire::decode_drain);
    default:
      return come_back(wire::decode_goaway(body), wire::decode_goaway);
  }
}

}  // namespace weir::fuzz

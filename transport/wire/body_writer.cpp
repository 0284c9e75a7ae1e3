// SPDX-License-Identifier: Apache-2.0
#include "transport/wire/body_writer.hpp"

#include <msgpack.hpp>
#include <utility>
#include <vector>

namespace weir {
namespace {

/// Smaller `bin` values are copied: a piece of its own costs more than that.
constexpr std::size_t kReferToBytes = 256;

/// What the packer writes to: small things in one buffer, large ones by reference at their place in it.
struct Sink {
  struct Reference {
    std::size_t at;  ///< bytes of `small` before it
    Bytes bytes;
  };
  std::vector<std::uint8_t> small;
  std::vector<Reference> references;

  void write(const char* data, std::size_t size) {
    small.insert(small.end(), data, data + size);  // NOLINT: bytes of the packer
  }
};

}  // namespace

struct BodyWriter::Impl {
  Sink sink;
  msgpack::packer<Sink> packer{sink};
};

BodyWriter::BodyWriter() : impl_(std::make_unique<Impl>()) {}
BodyWriter::~BodyWriter() = default;

BodyWriter& BodyWriter::begin_map(std::size_t entries) {
  impl_->packer.pack_map(static_cast<std::uint32_t>(entries));
  return *this;
}

BodyWriter& BodyWriter::begin_array(std::size_t items) {
  impl_->packer.pack_array(static_cast<std::uint32_t>(items));
  return *this;
}

BodyWriter& BodyWriter::text(std::string_view value) {
  const auto size = static_cast<std::uint32_t>(value.size());
  impl_->packer.pack_str(size).pack_str_body(value.data(), size);
  return *this;
}

BodyWriter& BodyWriter::integer(std::int64_t value) {
  impl_->packer.pack_int64(value);
  return *this;
}

BodyWriter& BodyWriter::natural(std::uint64_t value) {
  impl_->packer.pack_uint64(value);
  return *this;
}

BodyWriter& BodyWriter::number(double value) {
  impl_->packer.pack_double(value);
  return *this;
}

BodyWriter& BodyWriter::boolean(bool value) {
  value ? impl_->packer.pack_true() : impl_->packer.pack_false();
  return *this;
}

BodyWriter& BodyWriter::nothing() {
  impl_->packer.pack_nil();
  return *this;
}

BodyWriter& BodyWriter::binary(Bytes value) {
  Sink& sink = impl_->sink;
  impl_->packer.pack_bin(static_cast<std::uint32_t>(value.view.size()));
  if (value.view.size() < kReferToBytes) {
    sink.small.insert(sink.small.end(), value.view.begin(), value.view.end());
  } else {
    sink.references.push_back({sink.small.size(), std::move(value)});
  }
  return *this;
}

BodyWriter& BodyWriter::tensor(const TensorView& value, std::shared_ptr<const void> keeper,
                               const std::optional<Quantisation>& quantisation) {
  begin_map(quantisation ? 5 : 4).key("dtype").text(to_string(value.dtype));
  key("shape").begin_array(value.shape.rank());
  for (const std::int64_t extent : value.shape) integer(extent);
  key("codec").text("raw");
  if (quantisation) key("quant").begin_array(2).number(quantisation->scale).integer(quantisation->zero);
  const auto* data = static_cast<const std::uint8_t*>(value.data);
  return key("data").binary({{data, value.bytes()}, std::move(keeper)});
}

std::shared_ptr<const Body> BodyWriter::finish() {
  Sink& sink = impl_->sink;
  const auto small = std::make_shared<const std::vector<std::uint8_t>>(std::move(sink.small));
  auto body = std::make_shared<Body>();
  body->pieces.reserve(2 * sink.references.size() + 1);
  const std::span<const std::uint8_t> all(*small);
  std::size_t done = 0;
  for (Sink::Reference& reference : sink.references) {
    body->append({all.subspan(done, reference.at - done), small});
    body->append(std::move(reference.bytes));
    done = reference.at;
  }
  body->append({all.subspan(done), small});
  sink.small.clear();
  sink.references.clear();
  return body;
}

}  // namespace weir

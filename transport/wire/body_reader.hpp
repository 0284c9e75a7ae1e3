// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kernels/base/status.hpp"
#include "kernels/base/tensor.hpp"
#include "transport/wire/message.hpp"
#include "transport/wire/quantisation.hpp"

namespace weir {

/// What a body may hold; checked while it is read, before anything of that size is made.
struct BodyLimits {
  std::size_t array = 4096;
  std::size_t map = 256;
  std::size_t text = 64 << 10;
  std::size_t binary = kMaxBodyBytes;
  std::size_t depth = 16;
  std::size_t values = 64 << 10;  ///< all that are in it; a byte of input costs up to 100 bytes, so 6 MiB in all
};

/// One value of a body that was read. A view: it lives as long as its BodyReader. Every getter names the place of what
/// is missing or of another type in its error. Thread-safe.
class BodyValue {
 public:
  enum class Kind : std::uint8_t { nothing, boolean, integer, number, text, binary, array, map };

  Kind kind() const;
  Result<bool> boolean() const;
  Result<std::int64_t> integer() const;
  Result<std::uint64_t> natural() const;
  Result<double> number() const;  ///< integers are numbers too
  Result<std::string_view> text() const;
  Result<std::span<const std::uint8_t>> binary() const;

  std::size_t size() const;              ///< items of an array, entries of a map, else 0
  BodyValue at(std::size_t item) const;  ///< of an array; outside it: a value of kind nothing
  std::string_view key_at(std::size_t entry) const;
  BodyValue value_at(std::size_t entry) const;
  std::optional<BodyValue> find(std::string_view key) const;  ///< of a map
  Result<BodyValue> get(std::string_view key) const;          ///< the same; an error where there is none

  /// A tensor that BodyWriter::tensor wrote with codec "raw": type, shape and number of bytes must agree. Its bytes are
  /// those of the body, not copied, at any alignment. One whose numbers stand for others, and any other codec, is
  /// Code::unsupported.
  Result<TensorView> tensor() const;
  /// The same for both kinds of tensor: a plain one has scale 1 and zero 0.
  Result<QuantisedTensor> quantised_tensor() const;

 private:
  friend class BodyReader;
  std::string place() const;  ///< where it stands, for errors: "body: inputs[0].tensor"
  tl::unexpected<Error> wrong(std::string_view wanted) const;
  explicit BodyValue(const void* object) : object_(object) {}
  const void* object_;
};

/// Reads a body. Refused with Code::invalid: anything but one map, keys that are no text, a key that comes twice, bytes
/// after the map, text that is not UTF-8, extension types, anything above the limits. Binary values are references into
/// the body.
class BodyReader {
 public:
  static Result<BodyReader> read(Bytes body, const BodyLimits& limits = {});

  BodyValue root() const;
  const Bytes& bytes() const;  ///< what keeps the values' memory alive

  BodyReader(BodyReader&&) noexcept;
  BodyReader& operator=(BodyReader&&) noexcept;
  ~BodyReader();

 private:
  struct Impl;
  explicit BodyReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "kernels/base/status.hpp"
#include "transport/link/body_pool.hpp"
#include "transport/wire/message.hpp"

namespace weir {

/// Makes messages of a stream of bytes. The bytes of a body that is under way are best put where space() says; all
/// others are handed to next(). What is wrong is found before memory is taken for it. Thread-compatible.
class FrameReader {
 public:
  FrameReader(std::shared_ptr<BodyPool> pool, std::size_t max_body) : pool_(std::move(pool)), max_body_(max_body) {}

  /// Where the next bytes of the body under way belong; empty while there is none.
  std::span<std::uint8_t> space() const {
    const bool in_body = skip_ == 0 && !memory_.bytes.empty();
    return in_body ? memory_.bytes.subspan(filled_) : std::span<std::uint8_t>();
  }
  /// So many bytes were put into space().
  void filled(std::size_t bytes);

  /// Takes bytes off the front of `input` until a message is whole (true) or the input is used up (false). After an
  /// error, which says what is wrong with the stream, nothing more can be read.
  Result<bool> next(std::span<const std::uint8_t>& input, InMessage& out);

  /// Whether the stream may end here.
  bool between_messages() const { return header_filled_ == 0; }

 private:
  Result<bool> advance(std::span<const std::uint8_t>& input);
  Status read_header();

  std::shared_ptr<BodyPool> pool_;
  const std::size_t max_body_;
  std::array<std::uint8_t, kHeaderBytes> header_;
  std::size_t header_filled_ = 0;
  std::size_t skip_ = 0;  // bytes of a longer header
  FrameHeader current_;
  BodyMemory memory_;
  std::size_t filled_ = 0;
  std::unique_ptr<BodyCheck> check_;  // made when the first checked body comes
};

}  // namespace weir

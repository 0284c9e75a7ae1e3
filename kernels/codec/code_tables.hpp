// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/codec/quantise.hpp"
#include "kernels/codec/rans.hpp"

namespace weir {

/// Frequencies for one way of predicting: kContexts neighbourhoods for each bin of the predicted symbol.
struct ContextTable {
  std::vector<codec::Frequencies> rows;  ///< [bin * kContexts + neighbourhood]
  float bits_per_symbol = 0;             ///< what calibration saw

  bool operator==(const ContextTable& other) const;
};

/// How one channel is coded at one rung.
struct ChannelCode {
  int levels = 0;             ///< symbols, 2 to 256; 0: the channel is not sent
  float low = 0;              ///< value of symbol 0 before refinement
  float step = 0;             ///< from symbol to symbol, positive
  float reach = 0.5;          ///< steps within which a value keeps the reference's symbol, 0.5 (no hysteresis) to 4
  std::vector<float> values;  ///< what each symbol is decoded to
  std::vector<std::uint8_t> bins;  ///< of each predicted symbol, below kMaxBins
  ContextTable intra;              ///< without reference
  ContextTable still, moving;      ///< with one, where few or many symbols change
  float moving_share = 1;          ///< share of changed symbols above which `moving` is used, 0 to 1

  bool sent() const { return levels > 0; }
  codec::Quantiser quantiser() const;
  /// Bits that hold any symbol.
  int bits() const;

  bool operator==(const ChannelCode&) const = default;
};

/// One step of the rate ladder: the first channels of the order of importance, each with its own code.
struct CodecRung {
  std::string name;
  std::vector<ChannelCode> codes;  ///< of channel order()[i]; those behind are not sent

  bool operator==(const CodecRung&) const = default;
};

/// What encoder and decoder of one tensor of one network share: made by calibration, shipped as a file, never changed.
/// Immutable, so safe from any thread.
class CodeTables {
 public:
  struct Parts {
    std::uint64_t model_hash = 0;
    std::vector<std::uint16_t> order;  ///< every channel once, the most important first
    std::vector<float> means;          ///< of each channel, what it is decoded to where it was not sent
    std::vector<CodecRung> rungs;

    bool operator==(const Parts&) const = default;
  };

  /// Takes parts that are consistent; Code::invalid names what is not.
  static Result<std::shared_ptr<const CodeTables>> create(Parts parts);

  /// Reads a file's bytes. Code::corrupt names what is wrong (magic, version, length, check sum, a value out of range);
  /// nothing is allocated beyond a fixed multiple of the bytes' number.
  static Result<std::shared_ptr<const CodeTables>> parse(std::span<const std::uint8_t> bytes);

  /// The file's bytes, little-endian; the same tables give the same bytes on every machine.
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

  /// A hash of these bytes: equal tables have equal ones.
  std::uint64_t id() const { return id_; }

  std::uint64_t model_hash() const { return parts_.model_hash; }
  std::size_t channels() const { return parts_.order.size(); }
  std::span<const std::uint16_t> order() const { return parts_.order; }
  std::span<const float> means() const { return parts_.means; }
  std::span<const CodecRung> rungs() const { return parts_.rungs; }
  const Parts& parts() const { return parts_; }

  /// Bytes of a message of this rung as calibration saw them, with or without a reference. `rung` must exist.
  std::size_t expected_bytes(std::size_t rung, int height, int width, bool key) const;

 private:
  explicit CodeTables(Parts parts);

  Parts parts_;
  std::vector<std::uint8_t> bytes_;
  std::uint64_t id_ = 0;
};

}  // namespace weir

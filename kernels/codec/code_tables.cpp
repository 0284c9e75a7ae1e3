// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/code_tables.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "kernels/codec/byte_io.hpp"
#include "kernels/codec/contexts.hpp"
#include "kernels/codec/message.hpp"
#include "kernels/codec/table_file.hpp"

namespace weir {
namespace {

constexpr float kMaxReach = 4;

std::string place(const CodecRung& rung, std::size_t i) {
  return "rung " + rung.name + ", channel " + std::to_string(i);
}

// Every token of the alphabet can be coded, and none beyond.
bool is_consistent(const codec::Frequencies& row, int tokens) {
  for (int t = 0; t < tokens; ++t) {
    if (row.frequency(t) < 1 || row.frequency(t) > codec::kFrequencySum) return false;
  }
  const auto unused = std::span(row.cumulative).subspan(static_cast<std::size_t>(tokens));
  return row.start(0) == 0 &&
         std::all_of(unused.begin(), unused.end(), [](auto c) { return c == codec::kFrequencySum; });
}

Status check_table(const ContextTable& table, std::size_t bins, int levels, const std::string& where) {
  if (table.rows.size() != bins * codec::kContexts) {
    return {Code::invalid, where + ": a context table has " + std::to_string(table.rows.size()) + " rows, wanted " +
                               std::to_string(bins * codec::kContexts)};
  }
  const int tokens = codec::token_count(levels);
  const auto good = [&](const codec::Frequencies& row) { return is_consistent(row, tokens); };
  if (!std::all_of(table.rows.begin(), table.rows.end(), good)) {
    return {Code::invalid, where + ": the frequencies of a context do not sum to 4096, at least 1 each"};
  }
  if (std::isfinite(table.bits_per_symbol) && table.bits_per_symbol >= 0) return {};
  return {Code::invalid, where + ": the expected bits of a symbol are not a number of 0 or more"};
}

Status check_code(const ChannelCode& code, const std::string& where) {
  if (!code.sent()) return {};
  const auto levels = static_cast<std::size_t>(code.levels);
  if (code.levels < 2 || code.levels > 256) {
    return {Code::invalid, where + ": " + std::to_string(code.levels) + " levels; wanted 0 or 2 to 256"};
  }
  if (!std::isfinite(code.low) || !std::isfinite(code.step) || !(code.step > 0) || !std::isfinite(1 / code.step)) {
    return {Code::invalid, where + ": low and step must be finite, and the step positive"};
  }
  if (!(code.reach >= 0.5F && code.reach <= kMaxReach) || !(code.moving_share >= 0 && code.moving_share <= 1)) {
    return {Code::invalid, where + ": the reach must lie in [0.5, 4], the share of change in [0, 1]"};
  }
  if (code.values.size() != levels || code.bins.size() != levels) {
    return {Code::invalid, where + ": values and bins must be as many as levels, " + std::to_string(levels)};
  }
  if (!std::all_of(code.values.begin(), code.values.end(), [](float v) { return std::isfinite(v); })) {
    return {Code::invalid, where + ": a decoded value is not finite"};
  }
  const std::size_t bins = *std::max_element(code.bins.begin(), code.bins.end()) + std::size_t{1};
  if (bins > codec::kMaxBins) return {Code::invalid, where + ": more than 8 bins"};
  for (const ContextTable* table : {&code.intra, &code.still, &code.moving}) {
    if (Status s = check_table(*table, bins, code.levels, where); !s) return s;
  }
  return {};
}

Status check(const CodeTables::Parts& parts) {
  const std::size_t channels = parts.order.size();
  if (channels == 0 || channels > codec::kMaxChannels || parts.means.size() != channels) {
    return {Code::invalid, "code tables with " + std::to_string(channels) + " channels and " +
                               std::to_string(parts.means.size()) + " means; wanted 1 to 4096 of both"};
  }
  std::vector<bool> seen(channels, false);
  for (const std::uint16_t c : parts.order) {
    if (c >= channels || seen[c]) return {Code::invalid, "the order of channels does not name each once"};
    seen[c] = true;
  }
  if (!std::all_of(parts.means.begin(), parts.means.end(), [](float v) { return std::isfinite(v); })) {
    return {Code::invalid, "the mean of a channel is not finite"};
  }
  if (parts.rungs.empty() || parts.rungs.size() > codec::kMaxRungs) {
    return {Code::invalid, "code tables with " + std::to_string(parts.rungs.size()) + " rungs; wanted 1 to 255"};
  }
  for (const CodecRung& rung : parts.rungs) {
    if (rung.codes.size() > channels)
      return {Code::invalid, "rung " + rung.name + " codes more channels than there are"};
    if (rung.name.size() > codec::kMaxRungName)
      return {Code::invalid, "the name of rung " + rung.name + " is too long"};
    for (std::size_t i = 0; i < rung.codes.size(); ++i) {
      if (Status s = check_code(rung.codes[i], place(rung, i)); !s) return s;
    }
  }
  return {};
}

}  // namespace

bool ContextTable::operator==(const ContextTable& other) const {
  return bits_per_symbol == other.bits_per_symbol &&
         std::equal(rows.begin(), rows.end(), other.rows.begin(), other.rows.end(),
                    [](const auto& a, const auto& b) { return a.cumulative == b.cumulative; });
}

codec::Quantiser ChannelCode::quantiser() const { return {low, 1 / step, static_cast<std::uint8_t>(levels - 1)}; }

int ChannelCode::bits() const { return levels < 2 ? 0 : std::bit_width(static_cast<unsigned>(levels - 1)); }

Result<std::shared_ptr<const CodeTables>> CodeTables::create(Parts parts) {
  if (Status s = check(parts); !s) return fail(s.error());
  return std::shared_ptr<const CodeTables>(new CodeTables(std::move(parts)));
}

Result<std::shared_ptr<const CodeTables>> CodeTables::parse(std::span<const std::uint8_t> bytes) {
  auto parts = codec::parse_tables(bytes);
  if (!parts) return fail(parts.error());
  if (Status s = check(*parts); !s) return fail(Code::corrupt, "code tables: " + s.error().text);
  return std::shared_ptr<const CodeTables>(new CodeTables(*std::move(parts)));
}

CodeTables::CodeTables(Parts parts)
    : parts_(std::move(parts)), bytes_(codec::encode_tables(parts_)), id_(codec::content_hash(bytes_)) {}

std::size_t CodeTables::expected_bytes(std::size_t rung, int height, int width, bool key) const {
  const double symbols = static_cast<double>(height) * width;
  double bytes = 0;
  for (const ChannelCode& code : parts_.rungs[rung].codes) {
    if (!code.sent()) continue;
    const double bits =
        key ? code.intra.bits_per_symbol : (code.still.bits_per_symbol + code.moving.bits_per_symbol) / 2;
    bytes += bits * symbols / 8;
  }
  const double slices = 1 + bytes / static_cast<double>(codec::slice_bytes(static_cast<std::size_t>(symbols)) + 1);
  return static_cast<std::size_t>(bytes + slices * codec::kSliceOverhead + codec::kHeaderBytes);
}

}  // namespace weir

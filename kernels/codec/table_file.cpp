// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/table_file.hpp"

#include <array>

#include "kernels/codec/byte_io.hpp"
#include "kernels/codec/contexts.hpp"

namespace weir::codec {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20U;

void put_row(ByteWriter& out, const Frequencies& row, int tokens) {
  for (int t = 0; t + 1 < tokens; ++t) out.varint(row.frequency(t));  // the last one follows from the sum
}

// The row that most contexts of a bin share is written first, then only those that differ.
const Frequencies& commonest(std::span<const Frequencies> rows) {
  std::size_t best = 0, most = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::size_t same = 0;
    for (const Frequencies& other : rows) same += other.cumulative == rows[i].cumulative ? 1U : 0U;
    if (same > most) most = same, best = i;
  }
  return rows[best];
}

void put_table(ByteWriter& out, const ContextTable& table, int tokens) {
  out.f32(table.bits_per_symbol);
  for (std::size_t first = 0; first < table.rows.size(); first += kContexts) {
    const auto rows = std::span(table.rows).subspan(first, kContexts);
    const Frequencies& shared = commonest(rows);
    put_row(out, shared, tokens);
    std::uint32_t own = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].cumulative != shared.cumulative) own |= 1U << i;
    }
    out.u32(own);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if ((own >> i) & 1U) put_row(out, rows[i], tokens);
    }
  }
}

void put_code(ByteWriter& out, const ChannelCode& code) {
  out.u16(static_cast<std::uint16_t>(code.levels));
  if (!code.sent()) return;
  out.f32(code.low);
  out.f32(code.step);
  out.f32(code.reach);
  out.f32(code.moving_share);
  for (const float v : code.values) out.f32(v);
  for (const std::uint8_t b : code.bins) out.u8(b);
  const int tokens = token_count(code.levels);
  for (const ContextTable* table : {&code.intra, &code.still, &code.moving}) put_table(out, *table, tokens);
}

Frequencies get_row(ByteReader& in, int tokens, bool& good) {
  Frequencies row;
  std::uint32_t at = 0;
  for (int t = 0; t + 1 < tokens; ++t) {
    row.cumulative[static_cast<std::size_t>(t)] = static_cast<std::uint16_t>(at);
    const std::uint32_t f = in.varint();
    good = good && f >= 1 && f < kFrequencySum - at;
    at += good ? f : 0;
  }
  row.cumulative[static_cast<std::size_t>(tokens) - 1] = static_cast<std::uint16_t>(at);
  for (std::size_t t = static_cast<std::size_t>(tokens); t < row.cumulative.size(); ++t) {
    row.cumulative[t] = kFrequencySum;
  }
  return row;
}

bool get_table(ByteReader& in, std::size_t bins, int tokens, ContextTable& table) {
  table.bits_per_symbol = in.f32();
  bool good = true;
  for (std::size_t b = 0; b < bins && good && in.ok(); ++b) {
    const Frequencies shared = get_row(in, tokens, good);
    const std::uint32_t own = in.u32();
    good = good && own < 1U << kContexts;
    for (int i = 0; i < kContexts && good; ++i) {
      table.rows.push_back(((own >> i) & 1U) ? get_row(in, tokens, good) : shared);
    }
  }
  return good && in.ok();
}

bool get_code(ByteReader& in, ChannelCode& code) {
  code.levels = in.u16();
  if (!code.sent()) return in.ok();
  const auto levels = static_cast<std::size_t>(code.levels);
  if (code.levels < 2 || code.levels > 256 || in.left() < 5 * levels) return false;
  code.low = in.f32();
  code.step = in.f32();
  code.reach = in.f32();
  code.moving_share = in.f32();
  for (std::size_t i = 0; i < levels; ++i) code.values.push_back(in.f32());
  std::size_t bins = 0;
  for (std::size_t i = 0; i < levels; ++i) {
    code.bins.push_back(in.u8());
    bins = std::max(bins, std::size_t{code.bins.back()} + 1);
  }
  if (bins > kMaxBins) return false;
  const int tokens = token_count(code.levels);
  for (ContextTable* table : {&code.intra, &code.still, &code.moving}) {
    if (!get_table(in, bins, tokens, *table)) return false;
  }
  return in.ok();
}

bool get_rung(ByteReader& in, std::size_t channels, CodecRung& rung) {
  const auto name = in.bytes(in.u8());
  rung.name.assign(name.begin(), name.end());
  const std::size_t codes = in.u16();
  if (codes > channels || in.left() < 2 * codes) return false;
  rung.codes.resize(codes);
  for (ChannelCode& code : rung.codes) {
    if (!get_code(in, code)) return false;
  }
  return in.ok();
}

Error corrupt(const std::string& what) {
  return {Code::corrupt, "code tables: " + what + "; calibrate again or fetch the file again"};
}

}  // namespace

std::vector<std::uint8_t> encode_tables(const CodeTables::Parts& parts) {
  std::vector<std::uint8_t> bytes;
  ByteWriter out(bytes);
  out.u32(kTableMagic);
  out.u8(kTableVersion);
  out.u64(parts.model_hash);
  out.u16(static_cast<std::uint16_t>(parts.order.size()));
  for (const std::uint16_t c : parts.order) out.u16(c);
  for (const float mean : parts.means) out.f32(mean);
  out.u8(static_cast<std::uint8_t>(parts.rungs.size()));
  for (const CodecRung& rung : parts.rungs) {
    out.u8(static_cast<std::uint8_t>(rung.name.size()));
    for (const char c : rung.name) out.u8(static_cast<std::uint8_t>(c));
    out.u16(static_cast<std::uint16_t>(rung.codes.size()));
    for (const ChannelCode& code : rung.codes) put_code(out, code);
  }
  out.u64(content_hash(bytes));
  return bytes;
}

Result<CodeTables::Parts> parse_tables(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > kMaxFileBytes) return fail(corrupt(std::to_string(bytes.size()) + " bytes, more than 64 MiB"));
  ByteReader in(bytes);
  if (in.u32() != kTableMagic) return fail(corrupt("not a table file"));
  const int version = in.u8();
  if (version != kTableVersion) {
    return fail(corrupt("version " + std::to_string(version) + ", wanted " + std::to_string(kTableVersion)));
  }
  if (bytes.size() < 16) return fail(corrupt("cut short"));
  ByteReader sum(bytes.last(8));
  if (sum.u64() != content_hash(bytes.first(bytes.size() - 8))) return fail(corrupt("wrong check sum"));
  CodeTables::Parts parts;
  parts.model_hash = in.u64();
  const std::size_t channels = in.u16();
  if (channels > kMaxChannels || in.left() < 6 * channels) return fail(corrupt("too many channels"));
  for (std::size_t c = 0; c < channels; ++c) parts.order.push_back(in.u16());
  for (std::size_t c = 0; c < channels; ++c) parts.means.push_back(in.f32());
  const std::size_t rungs = in.u8();
  for (std::size_t r = 0; r < rungs; ++r) {
    if (!get_rung(in, channels, parts.rungs.emplace_back())) {
      return fail(corrupt("rung " + std::to_string(r) + " cannot be read near byte " + std::to_string(in.position())));
    }
  }
  if (in.left() != 8) return fail(corrupt("bytes left over behind the last rung"));
  return parts;
}

}  // namespace weir::codec

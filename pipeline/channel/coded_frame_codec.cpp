// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/coded_frame_codec.hpp"

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/payload_fields.hpp"
#include "pipeline/split.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kMostSide = 16384;  // pixels
constexpr std::uint64_t kMostRung = 4095;

/// Which piece of a code it is, where it is one.
Status read_piece(const BodyValue& from, CodedFrame& code) {
  if (!from.find("pieces")) return {};
  const auto pieces = fields::natural(from, "pieces", kMostPieces);
  if (!pieces) return pieces.error();
  const auto piece = fields::natural(from, "piece", kMostPieces - 1);
  if (!piece) return piece.error();
  if (*pieces < 2 || *piece >= *pieces) {
    return {Code::invalid, concat("a code is piece ", std::to_string(*piece), " of ", std::to_string(*pieces))};
  }
  code.piece = static_cast<std::uint16_t>(*piece);
  code.pieces = static_cast<std::uint16_t>(*pieces);
  return {};
}

class CodedFrameCodec final : public PayloadCodec {
 public:
  const PayloadType& type() const override { return kPayloadType<CodedFrame>; }
  std::shared_ptr<detail::PoolBase> make_pool() const override { return std::make_shared<detail::Pool<CodedFrame>>(); }

  Status write(BodyWriter& to, const Packet& packet) const override {
    const CodedFrame& code = *packet.get<CodedFrame>();
    const bool cut = code.pieces > 1;
    to.begin_map(cut ? 10 : 8).key("type").text(type().name);
    to.key("kind").text(to_string(code.kind));
    to.key("rung").natural(static_cast<std::uint64_t>(code.rung));
    to.key("frame_width").natural(static_cast<std::uint64_t>(code.frame_width));
    to.key("frame_height").natural(static_cast<std::uint64_t>(code.frame_height));
    to.key("width").natural(static_cast<std::uint64_t>(code.width));
    to.key("height").natural(static_cast<std::uint64_t>(code.height));
    if (cut) to.key("piece").natural(code.piece).key("pieces").natural(code.pieces);
    to.key("tensor").tensor({DType::u8, Shape{static_cast<std::int64_t>(code.bytes.size())}, code.bytes.data()},
                            std::make_shared<Packet>(packet));
    return {};
  }

  Result<DecodedPacket> read(const BodyValue& from, const std::shared_ptr<const void>& keeper,
                             detail::PoolBase& pool) const override {
    const auto text = from.get("kind").and_then([](const BodyValue& value) { return value.text(); });
    if (!text) return fail(text.error());
    const auto kind = rung_kind(*text);
    if (!kind) return fail(Code::invalid, concat("a code's kind is \"", fields::shown(*text), "\", which is none"));
    const auto rung = fields::natural(from, "rung", kMostRung);
    if (!rung) return fail(rung.error());
    auto* made = static_cast<detail::Pool<CodedFrame>&>(pool).take();
    DecodedPacket decoded{Packet(made), made};
    CodedFrame& code = made->value;
    code.kind = *kind;
    code.rung = static_cast<std::int32_t>(*rung);
    for (const auto& [key, side] : {std::pair{"frame_width", &code.frame_width},
                                    {"frame_height", &code.frame_height},
                                    {"width", &code.width},
                                    {"height", &code.height}}) {
      const auto value = fields::natural(from, key, kMostSide);
      if (!value) return fail(value.error());
      if (*value == 0) return fail(Code::invalid, concat("a code's ", key, " is 0"));
      *side = static_cast<int>(*value);
    }
    if (Status status = read_piece(from, code); !status) return fail(status.error());
    const auto bytes = from.get("tensor").and_then([](const BodyValue& value) { return value.tensor(); });
    if (!bytes) return fail(bytes.error());
    if (bytes->dtype != DType::u8 || bytes->shape.rank() != 1) {
      return fail(Code::invalid, concat("a code's bytes are ", to_string(bytes->dtype), " ", bytes->shape.text(),
                                        "; wanted u8 of one dimension"));
    }
    code.adopt({static_cast<const std::uint8_t*>(bytes->data), bytes->bytes()}, keeper);
    return decoded;
  }
};

}  // namespace

const PayloadCodec& coded_frame_codec() {
  static const CodedFrameCodec codec;
  return codec;
}

}  // namespace weir

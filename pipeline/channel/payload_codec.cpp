// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/payload_codec.hpp"

#include <array>
#include <cmath>
#include <cstring>

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/coded_frame_codec.hpp"
#include "pipeline/channel/payload_fields.hpp"
#include "pipeline/channel/plugin_codec.hpp"
#include "pipeline/payloads.hpp"

namespace weir {
namespace {

using fields::Columns;

constexpr std::int64_t kMaxSide = 16384;  // pixels

Result<int> read_side(const BodyValue& map, std::string_view key) {
  return fields::natural(map, key, kMaxSide).map([](std::uint64_t value) { return static_cast<int>(value); });
}

/// What detections and tracks have in common: size of the frame and names of the classes.
template <typename T>
void write_head(BodyWriter& to, const T& value, std::string_view type, std::size_t more) {
  to.begin_map(4 + more).key("type").text(type);
  to.key("width").natural(static_cast<std::uint64_t>(value.frame_width));
  to.key("height").natural(static_cast<std::uint64_t>(value.frame_height));
  to.key("classes").begin_array(value.classes ? value.classes->size() : 0);
  if (!value.classes) return;
  for (const std::string& name : *value.classes) to.text(name);
}

template <typename T>
Status read_head(const BodyValue& from, T& value) {
  const auto width = read_side(from, "width"), height = read_side(from, "height");
  if (!width) return width.error();
  if (!height) return height.error();
  value.frame_width = *width;
  value.frame_height = *height;
  const auto classes = from.get("classes");
  if (!classes) return classes.error();
  auto names = std::make_shared<ClassNames>();
  for (std::size_t i = 0; i < classes->size(); ++i) {
    const auto name = classes->at(i).text();
    if (!name) return name.error();
    names->emplace_back(*name);
  }
  value.classes = std::move(names);
  return {};
}

Box box_of(std::span<const float> v) { return {v[0], v[1], v[2], v[3]}; }

class FrameCodec final : public PayloadCodec {
 public:
  const PayloadType& type() const override { return kPayloadType<Frame>; }
  std::shared_ptr<detail::PoolBase> make_pool() const override { return std::make_shared<detail::Pool<Frame>>(); }

  Status write(BodyWriter& to, const Packet& packet) const override {
    const ImageView& image = packet.get<Frame>()->image;
    const int channels = bytes_per_pixel(image.format);
    if (packet.get<Frame>()->encoding != ImageEncoding::raw) return write_encoded(to, packet);
    to.begin_map(3 + origin_entries(*packet.get<Frame>())).key("type").text(type().name);
    write_origin(to, *packet.get<Frame>());
    to.key("format").text(channels == 3 ? "bgr8" : "gray8").key("tensor");
    const auto line = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(channels);
    const Shape shape = channels == 3 ? Shape{image.height, image.width, 3} : Shape{image.height, image.width};
    if (image.stride == static_cast<std::ptrdiff_t>(line)) {
      to.tensor({DType::u8, shape, image.data}, std::make_shared<Packet>(packet));
      return {};
    }
    auto dense = std::make_shared<std::vector<std::uint8_t>>(line * static_cast<std::size_t>(image.height));
    for (int y = 0; y < image.height; ++y) {
      std::memcpy(dense->data() + line * static_cast<std::size_t>(y), image.row(y), line);
    }
    to.tensor({DType::u8, shape, dense->data()}, dense);
    return {};
  }

  Result<DecodedPacket> read(const BodyValue& from, const std::shared_ptr<const void>& keeper,
                             detail::PoolBase& pool) const override {
    const auto format = from.get("format").and_then([](const BodyValue& value) { return value.text(); });
    if (!format) return fail(format.error());
    const auto encoding = image_encoding_named(*format);
    if (encoding && *encoding != ImageEncoding::raw) return read_encoded(*encoding, from, keeper, pool);
    if (*format != "bgr8" && *format != "gray8") {
      return fail(Code::invalid, concat("a frame's format is \"", fields::shown(*format),
                                        "\"; wanted bgr8, gray8, jpeg, webp or h264"));
    }
    const int channels = *format == "bgr8" ? 3 : 1;
    const auto pixels = from.get("tensor").and_then([](const BodyValue& value) { return value.tensor(); });
    if (!pixels) return fail(pixels.error());
    const Shape& s = pixels->shape;
    const bool layout = channels == 3 ? s.rank() == 3 && s[2] == 3 : s.rank() == 2;
    if (pixels->dtype != DType::u8 || !layout || s[0] < 1 || s[1] < 1 || s[0] > kMaxSide || s[1] > kMaxSide) {
      return fail(Code::invalid, concat("a frame's tensor is ", to_string(pixels->dtype), " ", s.text(),
                                        "; wanted u8 of height x width", channels == 3 ? " x 3" : ""));
    }
    auto* made = static_cast<detail::Pool<Frame>&>(pool).take();
    DecodedPacket decoded{Packet(made), made};
    const auto line = static_cast<std::ptrdiff_t>(s[1] * channels);
    made->value.adopt({static_cast<const std::uint8_t*>(pixels->data), static_cast<int>(s[1]), static_cast<int>(s[0]),
                       line, channels == 3 ? PixelFormat::bgr8 : PixelFormat::gray8},
                      keeper);
    if (Status status = read_origin(from, made->value); !status) return fail(status.error());
    return decoded;
  }

 private:
  static std::size_t origin_entries(const Frame& frame) { return frame.origin_x != 0 || frame.origin_y != 0 ? 2 : 0; }

  static void write_origin(BodyWriter& to, const Frame& frame) {
    if (origin_entries(frame) == 0) return;
    to.key("left").natural(static_cast<std::uint64_t>(frame.origin_x));
    to.key("top").natural(static_cast<std::uint64_t>(frame.origin_y));
  }

  /// Frames that were not cut from others do not tell.
  static Status read_origin(const BodyValue& from, Frame& frame) {
    for (const auto& [key, to] : {std::pair{"left", &frame.origin_x}, std::pair{"top", &frame.origin_y}}) {
      if (!from.find(key)) continue;
      const auto side = read_side(from, key);
      if (!side) return side.error();
      *to = *side;
    }
    return {};
  }

  Status write_encoded(BodyWriter& to, const Packet& packet) const {
    const Frame& frame = *packet.get<Frame>();
    to.begin_map(6 + origin_entries(frame)).key("type").text(type().name);
    write_origin(to, frame);
    to.key("format").text(to_string(frame.encoding));
    to.key("width").natural(static_cast<std::uint64_t>(frame.image.width));
    to.key("height").natural(static_cast<std::uint64_t>(frame.image.height));
    to.key("channels").natural(static_cast<std::uint64_t>(bytes_per_pixel(frame.image.format)));
    to.key("tensor").tensor({DType::u8, Shape{static_cast<std::int64_t>(frame.encoded.size())}, frame.encoded.data()},
                            std::make_shared<Packet>(packet));
    return {};
  }

  static Result<DecodedPacket> read_encoded(ImageEncoding encoding, const BodyValue& from,
                                            const std::shared_ptr<const void>& keeper, detail::PoolBase& pool) {
    const auto width = read_side(from, "width"), height = read_side(from, "height");
    if (!width) return fail(width.error());
    if (!height) return fail(height.error());
    const auto channels = fields::natural(from, "channels", 3);
    if (!channels) return fail(channels.error());
    const auto bytes = from.get("tensor").and_then([](const BodyValue& value) { return value.tensor(); });
    if (!bytes) return fail(bytes.error());
    if (*width < 1 || *height < 1 || *channels == 0 || *channels == 2 || bytes->dtype != DType::u8 ||
        bytes->shape.rank() != 1) {
      return fail(Code::invalid, concat("a frame in ", to_string(encoding), " is ", std::to_string(*width), "x",
                                        std::to_string(*height), " with ", std::to_string(*channels),
                                        " channels, its bytes ", to_string(bytes->dtype), " ", bytes->shape.text(),
                                        "; wanted at least 1x1, 1 or 3 channels and u8 of one dimension"));
    }
    auto* made = static_cast<detail::Pool<Frame>&>(pool).take();
    DecodedPacket decoded{Packet(made), made};
    made->value.adopt_encoded(encoding, {static_cast<const std::uint8_t*>(bytes->data), bytes->bytes()}, *width,
                              *height, *channels == 3 ? PixelFormat::bgr8 : PixelFormat::gray8, keeper);
    if (Status status = read_origin(from, made->value); !status) return fail(status.error());
    return decoded;
  }
};

class DetectionsCodec final : public PayloadCodec {
 public:
  const PayloadType& type() const override { return kPayloadType<Detections>; }
  std::shared_ptr<detail::PoolBase> make_pool() const override { return std::make_shared<detail::Pool<Detections>>(); }

  Status write(BodyWriter& to, const Packet& packet) const override {
    const Detections& value = *packet.get<Detections>();
    write_head(to, value, type().name, 3);
    Columns<float> boxes(4), scores(1);
    Columns<std::int32_t> labels(1);
    for (const Detection& item : value.items) {
      boxes.add({item.box.left, item.box.top, item.box.right, item.box.bottom});
      scores.add({item.score});
      labels.add({item.class_id});
    }
    boxes.write(to.key("boxes"));
    scores.write(to.key("scores"));
    labels.write(to.key("labels"));
    return {};
  }

  Result<DecodedPacket> read(const BodyValue& from, const std::shared_ptr<const void>&,
                             detail::PoolBase& pool) const override {
    const auto boxes = Columns<float>::read(from, "boxes", 4, std::nullopt);
    if (!boxes) return fail(boxes.error());
    const auto scores = Columns<float>::read(from, "scores", 1, boxes->rows());
    if (!scores) return fail(scores.error());
    const auto labels = Columns<std::int32_t>::read(from, "labels", 1, boxes->rows());
    if (!labels) return fail(labels.error());
    auto* made = static_cast<detail::Pool<Detections>&>(pool).take();
    DecodedPacket decoded{Packet(made), made};
    if (Status status = read_head(from, made->value); !status) return fail(status.error());
    for (std::size_t i = 0; i < boxes->rows(); ++i) {
      const Detection item{box_of(boxes->row(i)), scores->row(i)[0], labels->row(i)[0]};
      if (Status status = fields::check_label(item.class_id, made->value.classes->size()); !status) {
        return fail(status.error());
      }
      made->value.items.push_back(item);
    }
    return decoded;
  }
};

class TracksCodec final : public PayloadCodec {
 public:
  const PayloadType& type() const override { return kPayloadType<Tracks>; }
  std::shared_ptr<detail::PoolBase> make_pool() const override { return std::make_shared<detail::Pool<Tracks>>(); }

  Status write(BodyWriter& to, const Packet& packet) const override {
    const Tracks& value = *packet.get<Tracks>();
    write_head(to, value, type().name, 6);
    Columns<float> boxes(4), scores(1);
    Columns<std::int32_t> labels(1), ages(1), missed(1);
    Columns<std::int64_t> ids(1);
    for (const Track& item : value.items) {
      boxes.add({item.box.left, item.box.top, item.box.right, item.box.bottom});
      scores.add({item.score});
      labels.add({item.class_id});
      ids.add({item.id});
      ages.add({item.age});
      missed.add({item.missed});
    }
    boxes.write(to.key("boxes"));
    scores.write(to.key("scores"));
    labels.write(to.key("labels"));
    ids.write(to.key("ids"));
    ages.write(to.key("ages"));
    missed.write(to.key("missed"));
    return {};
  }

  Result<DecodedPacket> read(const BodyValue& from, const std::shared_ptr<const void>&,
                             detail::PoolBase& pool) const override {
    const auto boxes = Columns<float>::read(from, "boxes", 4, std::nullopt);
    if (!boxes) return fail(boxes.error());
    const std::size_t rows = boxes->rows();
    const auto scores = Columns<float>::read(from, "scores", 1, rows);
    if (!scores) return fail(scores.error());
    const auto labels = Columns<std::int32_t>::read(from, "labels", 1, rows);
    if (!labels) return fail(labels.error());
    const auto ids = Columns<std::int64_t>::read(from, "ids", 1, rows);
    if (!ids) return fail(ids.error());
    const auto ages = Columns<std::int32_t>::read(from, "ages", 1, rows);
    if (!ages) return fail(ages.error());
    const auto missed = Columns<std::int32_t>::read(from, "missed", 1, rows);
    if (!missed) return fail(missed.error());
    auto* made = static_cast<detail::Pool<Tracks>&>(pool).take();
    DecodedPacket decoded{Packet(made), made};
    if (Status status = read_head(from, made->value); !status) return fail(status.error());
    for (std::size_t i = 0; i < rows; ++i) {
      const Track item{box_of(boxes->row(i)), scores->row(i)[0], labels->row(i)[0],
                       ids->row(i)[0],        ages->row(i)[0],   missed->row(i)[0]};
      if (Status status = fields::check_label(item.class_id, made->value.classes->size()); !status) {
        return fail(status.error());
      }
      made->value.items.push_back(item);
    }
    return decoded;
  }
};

class RegionsCodec final : public PayloadCodec {
 public:
  const PayloadType& type() const override { return kPayloadType<Regions>; }
  std::shared_ptr<detail::PoolBase> make_pool() const override { return std::make_shared<detail::Pool<Regions>>(); }

  Status write(BodyWriter& to, const Packet& packet) const override {
    Columns<float> boxes(4), sigmas(4), margins(4);
    Columns<std::int32_t> labels(1);
    Columns<std::int64_t> ids(1);
    for (const Region& item : packet.get<Regions>()->items) {
      boxes.add({item.box.left, item.box.top, item.box.right, item.box.bottom});
      sigmas.add({item.sigma[0], item.sigma[1], item.sigma[2], item.sigma[3]});
      margins.add({item.margin[0], item.margin[1], item.margin[2], item.margin[3]});
      labels.add({item.class_id});
      ids.add({item.track_id});
    }
    to.begin_map(6).key("type").text(type().name);
    boxes.write(to.key("boxes"));
    labels.write(to.key("labels"));
    ids.write(to.key("ids"));
    sigmas.write(to.key("sigmas"));
    margins.write(to.key("margins"));
    return {};
  }

  Result<DecodedPacket> read(const BodyValue& from, const std::shared_ptr<const void>&,
                             detail::PoolBase& pool) const override {
    const auto boxes = Columns<float>::read(from, "boxes", 4, std::nullopt);
    if (!boxes) return fail(boxes.error());
    const auto labels = Columns<std::int32_t>::read(from, "labels", 1, boxes->rows());
    if (!labels) return fail(labels.error());
    const auto ids = Columns<std::int64_t>::read(from, "ids", 1, boxes->rows());
    if (!ids) return fail(ids.error());
    const auto sigmas = Columns<float>::read(from, "sigmas", 4, boxes->rows());
    if (!sigmas) return fail(sigmas.error());
    const auto margins = Columns<float>::read(from, "margins", 4, boxes->rows());
    if (!margins) return fail(margins.error());
    auto* made = static_cast<detail::Pool<Regions>&>(pool).take();
    DecodedPacket decoded{Packet(made), made};
    for (std::size_t i = 0; i < boxes->rows(); ++i) {
      const auto sigma = sigmas->row(i), margin = margins->row(i);
      made->value.items.push_back({box_of(boxes->row(i)),
                                   labels->row(i)[0],
                                   ids->row(i)[0],
                                   {sigma[0], sigma[1], sigma[2], sigma[3]},
                                   {margin[0], margin[1], margin[2], margin[3]}});
    }
    return decoded;
  }
};

const std::array<const PayloadCodec*, 5>& codecs() {
  static const FrameCodec frame;
  static const DetectionsCodec detections;
  static const TracksCodec tracks;
  static const RegionsCodec regions;
  static const std::array<const PayloadCodec*, 5> all{&frame, &detections, &tracks, &regions, &coded_frame_codec()};
  return all;
}

}  // namespace

const PayloadCodec* find_codec(std::string_view type) {
  for (const PayloadCodec* codec : codecs()) {
    if (codec->type().name == type) return codec;
  }
  return find_plugin_codec(type);
}

std::string codec_names() {
  std::string names;
  for (const PayloadCodec* codec : codecs()) names += concat(names.empty() ? "" : ", ", codec->type().name);
  for (const std::string_view name : plugin_payload_names()) names += concat(", ", name);
  return names;
}

}  // namespace weir

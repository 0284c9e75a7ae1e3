// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/wire/json_twin.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace weir::test {
namespace {

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : bytes) hex.append({kDigits[byte / 16], kDigits[byte % 16]});
  return hex;
}

Buffer from_hex(const std::string& hex) {
  Buffer bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Json json_of(const BodyValue& value) {
  switch (value.kind()) {
    case BodyValue::Kind::nothing:
      return nullptr;
    case BodyValue::Kind::boolean:
      return *value.boolean();
    case BodyValue::Kind::integer:
      if (value.natural()) return *value.natural();
      return *value.integer();
    case BodyValue::Kind::number:
      return *value.number();
    case BodyValue::Kind::text:
      return std::string(*value.text());
    case BodyValue::Kind::binary:
      return {{"hex", to_hex(*value.binary())}};
    case BodyValue::Kind::array: {
      Json items = Json::array();
      for (std::size_t i = 0; i < value.size(); ++i) items.push_back(json_of(value.at(i)));
      return items;
    }
    case BodyValue::Kind::map:
      break;
  }
  Json entries = Json::object();
  for (std::size_t i = 0; i < value.size(); ++i) entries[std::string(value.key_at(i))] = json_of(value.value_at(i));
  return entries;
}

void write(BodyWriter& writer, const Json& json) {
  if (json.is_object() && json.size() == 1 && json.contains("hex")) {
    writer.binary(owned(from_hex(json["hex"].get<std::string>())));
  } else if (json.is_object()) {
    writer.begin_map(json.size());
    for (const auto& [key, value] : json.items()) write(writer.key(key), value);
  } else if (json.is_array()) {
    writer.begin_array(json.size());
    for (const Json& item : json) write(writer, item);
  } else if (json.is_string()) {
    writer.text(json.get<std::string>());
  } else if (json.is_boolean()) {
    writer.boolean(json.get<bool>());
  } else if (json.is_number_float()) {
    writer.number(json.get<double>());
  } else if (json.is_number_unsigned()) {
    writer.natural(json.get<std::uint64_t>());
  } else if (json.is_number()) {
    writer.integer(json.get<std::int64_t>());
  } else {
    writer.nothing();
  }
}

}  // namespace

Buffer message_bytes(FrameHeader header, const std::shared_ptr<const Body>& body) {
  const Buffer content = body ? joined(*body) : Buffer{};
  header.body_bytes = static_cast<std::uint32_t>(content.size());
  if ((header.flags & MessageFlags::checked) != 0) {
    BodyCheck check;
    check.add(content);
    header.body_check = check.value();
  }
  const auto start = encode_header(header);
  Buffer message(start.size() + content.size());
  std::copy(content.begin(), content.end(), std::copy(start.begin(), start.end(), message.begin()));
  return message;
}

Json twin_of(const Buffer& message) {
  const Result<FrameHeader> header = decode_header(message, kMaxBodyBytes);
  if (!header) {
    ADD_FAILURE() << header.error().text;
    return {};
  }
  Json twin;
  twin["header"] = {{"minor", header->minor},
                    {"type", static_cast<int>(header->type)},
                    {"flags", header->flags},
                    {"header_bytes", header->header_bytes},
                    {"priority", header->priority},
                    {"attempt", header->attempt},
                    {"body_bytes", header->body_bytes},
                    {"budget_us", header->budget_us},
                    {"id", header->id},
                    {"session", header->session},
                    {"body_check", header->body_check}};
  twin["body"] = nullptr;
  if (header->body_bytes == 0) return twin;
  const Result<BodyReader> reader = BodyReader::read(owned({message.begin() + kHeaderBytes, message.end()}));
  if (!reader) {
    ADD_FAILURE() << reader.error().text;
    return {};
  }
  twin["body"] = json_of(reader->root());
  return twin;
}

Buffer message_of(const Json& twin) {
  const Json& fields = twin.at("header");
  FrameHeader header;
  header.minor = fields.at("minor").get<std::uint8_t>();
  header.type = static_cast<MessageType>(fields.at("type").get<int>());
  header.flags = fields.at("flags").get<std::uint8_t>();
  header.header_bytes = fields.at("header_bytes").get<std::uint16_t>();
  header.priority = fields.at("priority").get<std::uint8_t>();
  header.attempt = fields.at("attempt").get<std::uint8_t>();
  header.budget_us = fields.at("budget_us").get<std::uint32_t>();
  header.id = fields.at("id").get<std::uint64_t>();
  header.session = fields.at("session").get<std::uint64_t>();
  std::shared_ptr<const Body> body;
  if (!twin.at("body").is_null()) {
    BodyWriter writer;
    write(writer, twin.at("body"));
    body = writer.finish();
  }
  return message_bytes(header, body);
}

}  // namespace weir::test

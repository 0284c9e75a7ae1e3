// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <limits>
#include <string>

#include "transport/wire/body_reader.hpp"
#include "transport/wire/body_tree.hpp"

namespace weir {
namespace {

using Kind = BodyValue::Kind;

const BodyNode& node_of(const void* object) { return *static_cast<const BodyNode*>(object); }

constexpr std::string_view to_string(Kind kind) {
  constexpr std::array<std::string_view, 8> kNames{"nil",  "boolean", "integer", "number",
                                                   "text", "binary",  "array",   "map"};
  return kNames[static_cast<std::size_t>(kind)];
}

const BodyNode kNothing{};

constexpr std::size_t kLongestShownKey = 40;

std::string shown(const BodyNode& key) {
  return key.size <= kLongestShownKey ? std::string(key.bytes, key.size) : std::string("(long key)");
}

}  // namespace

std::string BodyValue::place() const {
  std::string place;
  for (const BodyNode* node = &node_of(object_); node->parent != nullptr; node = node->parent) {
    const BodyNode& parent = *node->parent;
    const auto index = static_cast<std::size_t>(node - parent.children);
    std::string step;
    if (parent.kind == Kind::array) {
      step = "[" + std::to_string(index) + "]";
    } else {
      step = (parent.parent != nullptr ? "." : "") + shown(parent.children[index - index % 2]);
    }
    place.insert(0, step);
  }
  return place.empty() ? "body" : "body: " + place;
}

tl::unexpected<Error> BodyValue::wrong(std::string_view wanted) const {
  return fail(Code::invalid, place() + " is " + std::string(to_string(kind())) + ", wanted is " + std::string(wanted));
}

BodyValue::Kind BodyValue::kind() const { return node_of(object_).kind; }

Result<bool> BodyValue::boolean() const {
  if (kind() != Kind::boolean) return wrong("a boolean");
  return node_of(object_).natural != 0;
}

Result<std::int64_t> BodyValue::integer() const {
  const BodyNode& node = node_of(object_);
  if (node.kind != Kind::integer) return wrong("an integer");
  if (node.negative) return node.integer;
  if (node.natural > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return fail(Code::invalid, place() + " is above 2^63 - 1");
  }
  return static_cast<std::int64_t>(node.natural);
}

Result<std::uint64_t> BodyValue::natural() const {
  const BodyNode& node = node_of(object_);
  if (node.kind != Kind::integer) return wrong("an integer of 0 or more");
  if (node.negative) return fail(Code::invalid, place() + " is negative, wanted is an integer of 0 or more");
  return node.natural;
}

Result<double> BodyValue::number() const {
  const BodyNode& node = node_of(object_);
  if (node.kind == Kind::number) return node.number;
  if (node.kind != Kind::integer) return wrong("a number");
  return node.negative ? static_cast<double>(node.integer) : static_cast<double>(node.natural);
}

Result<std::string_view> BodyValue::text() const {
  const BodyNode& node = node_of(object_);
  if (node.kind != Kind::text) return wrong("a text");
  return std::string_view(node.bytes, node.size);
}

Result<std::span<const std::uint8_t>> BodyValue::binary() const {
  const BodyNode& node = node_of(object_);
  if (node.kind != Kind::binary) return wrong("a binary value");
  return std::span(reinterpret_cast<const std::uint8_t*>(node.bytes), node.size);
}

std::size_t BodyValue::size() const {
  const BodyNode& node = node_of(object_);
  return node.kind == Kind::array || node.kind == Kind::map ? node.size : 0;
}

BodyValue BodyValue::at(std::size_t item) const {
  const BodyNode& node = node_of(object_);
  return BodyValue(node.kind == Kind::array && item < node.size ? node.children + item : &kNothing);
}

std::string_view BodyValue::key_at(std::size_t entry) const {
  const BodyNode& node = node_of(object_);
  if (node.kind != Kind::map || entry >= node.size) return {};
  const BodyNode& key = node.children[2 * entry];
  return {key.bytes, key.size};
}

BodyValue BodyValue::value_at(std::size_t entry) const {
  const BodyNode& node = node_of(object_);
  return BodyValue(node.kind == Kind::map && entry < node.size ? node.children + 2 * entry + 1 : &kNothing);
}

std::optional<BodyValue> BodyValue::find(std::string_view key) const {
  if (kind() != Kind::map) return {};
  for (std::size_t i = 0; i < size(); ++i) {
    if (key_at(i) == key) return value_at(i);
  }
  return {};
}

Result<BodyValue> BodyValue::get(std::string_view key) const {
  if (kind() != Kind::map) return wrong("a map");
  if (const std::optional<BodyValue> value = find(key)) return *value;
  return fail(Code::invalid, place() + " has no \"" + std::string(key) + "\"");
}

}  // namespace weir

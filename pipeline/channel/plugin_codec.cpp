// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/plugin_codec.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

#include "pipeline/base/concat.hpp"
#include "pipeline/base/guarded.hpp"
#include "pipeline/channel/field_reader.hpp"
#include "pipeline/channel/field_writer.hpp"
#include "pipeline/channel/payload_fields.hpp"

namespace weir {
namespace {

constexpr std::size_t kLongestName = 64;

/// The payload types of all plug-ins of this process, whose identity is their name.
class Table {
 public:
  static Table& of_process() {
    static Table table;
    return table;
  }

  const PluginCodec* find(std::string_view type) const {
    const std::lock_guard lock(mutex_);
    return find_locked(type);
  }

  std::vector<std::string_view> names() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string_view> names;
    for (const PluginCodec& codec : codecs_) names.push_back(codec.type().name);
    return names;
  }

  /// False when another format has the name.
  bool add(const PayloadFormat& format) {
    const std::lock_guard lock(mutex_);
    if (const PluginCodec* known = find_locked(format.type->name)) {
      const PayloadFormat& other = known->format();
      return other.make_pool == format.make_pool && other.write == format.write && other.read == format.read;
    }
    codecs_.emplace_back(format);
    return true;
  }

 private:
  const PluginCodec* find_locked(std::string_view type) const {
    const auto found = std::ranges::find_if(codecs_, [&](const PluginCodec& c) { return c.type().name == type; });
    return found == codecs_.end() ? nullptr : &*found;
  }

  mutable std::mutex mutex_;
  std::deque<PluginCodec> codecs_;  // never moved: readers keep pointers
};

bool is_type_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~' && c != '"'; });
}

Status try_add(const PayloadFormat& format) {
  const std::string_view name = format.type->name;
  const std::string who = concat("payload type '", fields::shown(name), "' ");
  if (!is_type_name(name)) {
    return {Code::invalid, concat(who, "has a name that is none; wanted 1 to 64 visible characters, as acme.Blob")};
  }
  if (find_codec(name) && !find_plugin_codec(name)) {
    return {Code::invalid, concat(who, "has the name of one of Weir's own; give it another, as acme.", name)};
  }
  if (Table::of_process().add(format)) return {};
  return {Code::invalid,
          concat(who,
                 "is added twice, with two formats: by two plug-ins, or by two copies of one; load one of "
                 "them only, or give one of the types another name")};
}

thread_local std::string refusal;

}  // namespace

Status PluginCodec::write(BodyWriter& to, const Packet& packet) const {
  FieldWriter fields;
  Status status = guarded([&]() -> Status {
    format_.write(packet, fields);
    return {};
  });
  if (status) status = fields.finish(to, type().name);
  if (status) return {};
  return {status.error().code, concat("payload ", type().name, ": ", status.error().text)};
}

Result<DecodedPacket> PluginCodec::read(const BodyValue& from, const std::shared_ptr<const void>&,
                                        detail::PoolBase& pool) const {
  const auto name = from.get("type").and_then([](const BodyValue& value) { return value.text(); });
  if (!name) return fail(name.error());
  if (*name != type().name) {
    return fail(Code::invalid, concat("a payload is of type \"", fields::shown(*name), "\"; wanted ", type().name));
  }
  DecodedPacket decoded;
  const Status status = guarded([&]() -> Status {
    auto read = format_.read(FieldReader(from), pool);
    if (!read) return read.error();
    decoded = std::move(*read);
    return {};
  });
  if (status) return decoded;
  return fail(status.error().code, concat("payload ", type().name, ": ", status.error().text));
}

const PluginCodec* find_plugin_codec(std::string_view type) { return Table::of_process().find(type); }

std::vector<std::string_view> plugin_payload_names() { return Table::of_process().names(); }

std::string take_payload_refusal() { return std::exchange(refusal, {}); }

Status add_payload(const PayloadFormat& format) {
  Status status = try_add(format);
  refusal = status ? std::string() : status.error().text;
  return status;
}

}  // namespace weir

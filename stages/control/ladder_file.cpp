// SPDX-License-Identifier: Apache-2.0
#include "stages/control/ladder_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "stages/infer/views.hpp"

namespace weir {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxRungs = 4096;

Json json_of(const Rung& rung) {
  const auto ms = [](Duration d) { return std::chrono::duration<double, std::milli>(d).count(); };
  Json object{{"name", rung.name},           {"kind", to_string(rung.kind)}, {"bytes", rung.bytes},
              {"bytes_p90", rung.bytes_p90}, {"device_ms", ms(rung.device)}, {"cloud_ms", ms(rung.cloud)},
              {"accuracy", rung.accuracy},   {"setup", rung.setup},          {"bits", rung.bits},
              {"exits", rung.exits}};
  if (rung.width > 0) object["size"] = extent_text(rung.width, rung.height);
  return object;
}

/// Reads keys of one object; the first error is kept, with the place of the object in the file.
class Reader {
 public:
  Reader(const Json& object, std::string place) : object_(object), place_(std::move(place)) {
    if (!object.is_object()) wrong("is not an object");
  }

  std::string text(const char* key) {
    const Json* value = find(key);
    if (value == nullptr) return {};
    if (!value->is_string()) return wrong(std::string(key) + " is not a text"), std::string();
    return value->get<std::string>();
  }

  double number(const char* key) {
    const Json* value = find(key);
    if (value == nullptr) return 0;
    if (!value->is_number()) return wrong(std::string(key) + " is not a number"), 0;
    return value->get<double>();
  }

  std::int32_t integer(const char* key) {
    const double value = number(key);
    if (std::abs(value) <= 1e9 && value == std::floor(value)) return static_cast<std::int32_t>(value);
    wrong(std::string(key) + " is not a whole number up to 1e9");
    return 0;
  }

  Duration milliseconds(const char* key) {
    const double value = number(key);
    if (value >= 0 && value <= 3.6e6) return Duration(std::llround(value * 1e6));
    wrong(std::string(key) + " is outside 0 to 3600000");
    return {};
  }

  /// Two sides such as "640x192"; left as they are where the key is absent.
  void extent(const char* key, int& width, int& height) {
    if (!object_.is_object() || !object_.contains(key)) return;
    const auto read = parse_extent(text(key), key);
    if (!read) return wrong("cannot be read: " + read.error().text);
    std::tie(width, height) = *read;
  }

  const Json* find(const char* key) {
    if (!object_.is_object()) return nullptr;
    known_.emplace_back(key);
    const auto found = object_.find(key);
    if (found != object_.end()) return &*found;
    wrong(std::string("lacks \"") + key + "\"");
    return nullptr;
  }

  void wrong(const std::string& what) {
    if (error_.empty()) error_ = place_ + " " + what;
  }

  /// What is wrong with the object, keys that nobody asked for included; empty where nothing is.
  std::string finish() {
    if (!object_.is_object()) return error_;
    for (const auto& [key, value] : object_.items()) {
      if (std::ranges::find(known_, key) == known_.end()) wrong("has the unknown key \"" + key.substr(0, 40) + "\"");
    }
    return error_;
  }

 private:
  const Json& object_;
  std::string place_, error_;
  std::vector<std::string> known_;
};

std::string read_rung(const Json& object, std::size_t index, Rung& rung) {
  Reader reader(object, "rung " + std::to_string(index));
  rung.name = reader.text("name");
  const std::string kind = reader.text("kind");
  rung.bytes = reader.number("bytes");
  rung.bytes_p90 = reader.number("bytes_p90");
  rung.device = reader.milliseconds("device_ms");
  rung.cloud = reader.milliseconds("cloud_ms");
  rung.accuracy = reader.number("accuracy");
  rung.setup = reader.integer("setup");
  rung.bits = reader.integer("bits");
  rung.exits = reader.number("exits");
  reader.extent("size", rung.width, rung.height);
  const auto known = rung_kind(kind);
  if (known) {
    rung.kind = *known;
  } else {
    reader.wrong("cannot be read: " + known.error().text);
  }
  return reader.finish();
}

std::string read_rungs(const Json& list, Ladder& ladder) {
  if (!list.is_array() || list.size() > kMaxRungs) return "\"rungs\" is not a list of up to 4096 rungs";
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (std::string error = read_rung(list[i], i, ladder.rungs.emplace_back()); !error.empty()) return error;
  }
  return {};
}

std::string read_local(const Json& object, Ladder& ladder) {
  Reader reader(object, "\"local\"");
  ladder.local_accuracy = reader.number("accuracy");
  ladder.local = reader.milliseconds("ms");
  return reader.finish();
}

std::string read_all(const Json& object, Ladder& ladder) {
  Reader reader(object, "the ladder");
  if (object.is_object() && object.contains("version") && object.at("version") != kVersion) {
    return "it has the version " + object.at("version").dump().substr(0, 40) + ", and this program reads " +
           std::to_string(kVersion);
  }
  reader.integer("version");
  ladder.fingerprint = reader.text("fingerprint");
  if (const Json* rungs = reader.find("rungs"); rungs != nullptr) {
    if (std::string error = read_rungs(*rungs, ladder); !error.empty()) return error;
  }
  if (object.is_object() && object.contains("local")) {
    if (std::string error = read_local(*reader.find("local"), ladder); !error.empty()) return error;
  }
  if (std::string error = reader.finish(); !error.empty()) return error;
  const Status status = validate(ladder);
  return status ? std::string() : status.error().text;
}

}  // namespace

Result<Ladder> parse_ladder(std::string_view text, std::string_view name, std::string_view fingerprint) {
  const auto bad = [&](const std::string& what) {
    return fail(Code::corrupt, "ladder " + std::string(name) + ": " + what + "; profile the ladder again");
  };
  if (text.size() > kMaxBytes) return bad("it has more than 16 MB");
  const Json object = Json::parse(text, nullptr, false);
  if (object.is_discarded()) return bad("it is not JSON");
  Ladder ladder;
  if (const std::string error = read_all(object, ladder); !error.empty()) return bad(error);
  if (!fingerprint.empty() && ladder.fingerprint != fingerprint) {
    return bad("it was measured with the model and codec \"" + ladder.fingerprint + "\", and these are \"" +
               std::string(fingerprint) + "\"");
  }
  return ladder;
}

Result<Ladder> read_ladder_file(const std::string& path, std::string_view fingerprint) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return fail(Code::not_found, "ladder \"" + path + "\" cannot be read; check the path");
  }
  return parse_ladder(text.str(), path, fingerprint);
}

std::string ladder_text(const Ladder& ladder) {
  Json object{{"version", kVersion}, {"fingerprint", ladder.fingerprint}};
  if (ladder.local_accuracy > 0) {
    object["local"] = {{"accuracy", ladder.local_accuracy},
                       {"ms", std::chrono::duration<double, std::milli>(ladder.local).count()}};
  }
  object["rungs"] = Json::array();
  for (const Rung& rung : ladder.rungs) object["rungs"].push_back(json_of(rung));
  return object.dump(2) + "\n";
}

Status write_ladder_file(const std::string& path, const Ladder& ladder) {
  if (Status status = validate(ladder); !status) return status;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << ladder_text(ladder);
  file.close();
  return file ? Status() : Status(Code::io, "the ladder cannot be written to \"" + path + "\"; check the folder");
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/checkpoint.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string_view>

#include "elastic/onnx_model.hpp"

// The file: magic, length of the header (u64), header (JSON: step, values, curves, and each tensor's name, type and
// shape), the tensors' bytes one after the other, and the SHA-256 of all before as 64 hex digits.
namespace weir::train {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "WEIRCKP1";
constexpr std::size_t kHashBytes = 64;
constexpr std::array<std::pair<const char*, torch::ScalarType>, 9> kTypes{{{"f32", torch::kFloat},
                                                                           {"f64", torch::kDouble},
                                                                           {"f16", torch::kHalf},
                                                                           {"bf16", torch::kBFloat16},
                                                                           {"u8", torch::kByte},
                                                                           {"i8", torch::kChar},
                                                                           {"i32", torch::kInt},
                                                                           {"i64", torch::kLong},
                                                                           {"bool", torch::kBool}}};

std::filesystem::path previous_of(const std::filesystem::path& path) { return path.string() + ".previous"; }

Error broken(const std::filesystem::path& path, Code code, const std::string& what) {
  std::string text = "checkpoint " + path.string() + ": " + what + ". ";
  std::error_code ignored;
  if (std::filesystem::exists(previous_of(path), ignored)) {
    text += "The one before it is there: --resume " + previous_of(path).string();
  } else {
    text += "There is no " + previous_of(path).string() + " either: start without --resume";
  }
  return {code, std::move(text)};
}

const char* type_name(torch::ScalarType type) {
  for (const auto& [name, known] : kTypes) {
    if (known == type) return name;
  }
  return nullptr;
}

std::optional<torch::ScalarType> type_of(std::string_view name) {
  for (const auto& [known, type] : kTypes) {
    if (name == known) return type;
  }
  return std::nullopt;
}

Result<std::string> encode(const Checkpoint& checkpoint) {
  json tensors = json::array();
  std::string data;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    const char* type = type_name(tensor.scalar_type());
    if (type == nullptr) return fail(Code::unsupported, "tensor \"" + name + "\": a checkpoint cannot hold its type");
    tensors.push_back({{"name", name}, {"type", type}, {"shape", tensor.sizes().vec()}});
    const torch::Tensor plain = tensor.detach().cpu().contiguous();
    data.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
  }
  json curves = json::object();
  for (const auto& [name, points] : checkpoint.curves) {
    json& list = curves[name] = json::array();
    for (const CurvePoint& point : points) list.push_back({point.x, point.y});
  }
  const std::string header = json{
      {"step", checkpoint.step},
      {"values", checkpoint.values},
      {"curves", std::move(curves)},
      {"tensors",
       std::move(tensors)}}.dump();
  const std::uint64_t header_bytes = header.size();
  std::string file(kMagic);
  file.append(reinterpret_cast<const char*>(&header_bytes), sizeof header_bytes);
  file += header;
  file += data;
  file += sha256_hex(file);
  return file;
}

// Reads what encode() wrote once the hash is known to be right. Throws json::exception and c10::Error.
std::optional<Checkpoint> decode(std::string_view file) {
  std::uint64_t header_bytes = 0;
  if (file.size() < kMagic.size() + sizeof header_bytes) return std::nullopt;
  std::memcpy(&header_bytes, file.data() + kMagic.size(), sizeof header_bytes);
  file.remove_prefix(kMagic.size() + sizeof header_bytes);
  if (header_bytes > file.size()) return std::nullopt;
  const json header = json::parse(file.substr(0, header_bytes));
  file.remove_prefix(header_bytes);

  Checkpoint result;
  result.step = header.at("step").get<std::int64_t>();
  result.values = header.at("values").get<std::map<std::string, std::string>>();
  for (const auto& [name, points] : header.at("curves").items()) {
    for (const json& point : points) result.curves[name].push_back({point.at(0), point.at(1)});
  }
  for (const json& entry : header.at("tensors")) {
    const auto type = type_of(entry.at("type").get<std::string>());
    if (!type) return std::nullopt;
    torch::Tensor tensor = torch::empty(entry.at("shape").get<std::vector<std::int64_t>>(), *type);
    if (tensor.nbytes() > file.size()) return std::nullopt;
    std::memcpy(tensor.data_ptr(), file.data(), tensor.nbytes());
    file.remove_prefix(tensor.nbytes());
    result.tensors.emplace_back(entry.at("name").get<std::string>(), std::move(tensor));
  }
  return file.empty() ? std::optional(std::move(result)) : std::nullopt;
}

Status write_synced(const std::string& bytes, const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  int error = fd < 0 ? errno : 0;
  for (std::size_t done = 0; error == 0 && done < bytes.size();) {
    const ssize_t written = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (written > 0) done += static_cast<std::size_t>(written);
    if (written < 0 && errno != EINTR) error = errno;
  }
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  if (fd >= 0 && ::close(fd) != 0 && error == 0) error = errno;
  if (error == 0) return {};
  ::unlink(path.c_str());
  return {Code::io, "cannot write checkpoint " + path.string() + ": " + std::strerror(error)};
}

}  // namespace

Status save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path) {
  const Result<std::string> bytes = encode(checkpoint);
  if (!bytes) return Error{bytes.error().code, "cannot write checkpoint " + path.string() + ": " + bytes.error().text};
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  const std::filesystem::path whole = path.string() + ".part";
  if (Status status = write_synced(*bytes, whole); !status) return status;
  if (std::filesystem::exists(path, error)) std::filesystem::rename(path, previous_of(path), error);
  if (!error) std::filesystem::rename(whole, path, error);
  if (error) return {Code::io, "cannot write checkpoint " + path.string() + ": " + error.message()};
  return {};
}

Result<Checkpoint> load_checkpoint(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return fail(broken(path, Code::not_found, "cannot be read"));
  std::ostringstream content;
  content << stream.rdbuf();
  const std::string file = std::move(content).str();
  if (!std::string_view(file).starts_with(kMagic)) {
    return fail(broken(path, Code::corrupt, "is not a checkpoint of this version"));
  }
  const std::size_t hashed = file.size() < kMagic.size() + kHashBytes ? 0 : file.size() - kHashBytes;
  const std::string_view body(file.data(), hashed);
  if (hashed == 0 || sha256_hex(body) != file.substr(hashed)) {
    return fail(broken(path, Code::corrupt, "is truncated or altered, its checksum does not match"));
  }
  try {
    if (std::optional<Checkpoint> checkpoint = decode(body)) return std::move(*checkpoint);
  } catch (const std::exception&) {  // the hash was right: only a file made by other code gets here
  }
  return fail(broken(path, Code::corrupt, "does not hold what its header says"));
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/nats_login.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

namespace weir {
namespace {

constexpr std::size_t kMostBytes = 64 << 10;
constexpr std::string_view kWanted =
    "; the key credentials (of a worker: --credentials) names a .creds file, or one with the lines \"user: NAME\" and "
    "\"password: SECRET\"";

struct FileEnd {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// At most kMostBytes of it. A folder opens, but cannot be read.
Result<std::string> text_of(const std::string& name) {
  const std::unique_ptr<std::FILE, FileEnd> file(std::fopen(name.c_str(), "re"));
  std::string text(kMostBytes, '\0');
  if (file) text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (file && std::ferror(file.get()) == 0) return text;
  return fail(Code::not_found, "cannot read the NATS credentials " + name + ": " + std::strerror(errno) +
                                   "; correct the name, or let this user read it" + std::string(kWanted));
}

std::string_view trimmed(std::string_view text) {
  constexpr const char* kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool take(std::string_view line, std::string_view key, std::string& value) {
  if (!line.starts_with(key)) return false;
  value = trimmed(line.substr(key.size()));
  return !value.empty();
}

}  // namespace

Result<NatsLogin> read_nats_login(const std::string& file) {
  const auto text = text_of(file);
  if (!text) return fail(text.error());
  NatsLogin login;
  if (text->find("BEGIN NATS USER JWT") != std::string::npos &&
      text->find("BEGIN USER NKEY SEED") != std::string::npos) {
    return login;
  }
  std::string_view rest = *text;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (take(line, "user:", login.user) || take(line, "password:", login.password)) continue;
    return fail(Code::invalid, "the NATS credentials " + file + ": line " + std::to_string(number) +
                                   " cannot be understood" + std::string(kWanted));
  }
  if (!login.user.empty() && !login.password.empty()) return login;
  return fail(Code::invalid, "the NATS credentials " + file + " hold no " + (login.user.empty() ? "user" : "password") +
                                 std::string(kWanted));
}

Status check_nats_login(const std::string& file) {
  if (file.empty()) return {};
  const auto login = read_nats_login(file);
  return login ? Status{} : login.error();
}

}  // namespace weir

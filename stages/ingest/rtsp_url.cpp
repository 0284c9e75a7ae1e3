// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/rtsp_url.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace weir {
namespace {

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
      if (error == std::errc() && end == text.data() + i + 3) {
        out += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

// An address that cannot be taken apart: everything up to the last @ and after the first ? may be secret.
std::string hide(std::string_view url) {
  std::string_view shown = url.substr(0, url.find('?'));
  const std::size_t at = shown.rfind('@');
  return at == std::string_view::npos ? std::string(shown) : "***" + std::string(shown.substr(at));
}

}  // namespace

Result<RtspUrl> parse_rtsp_url(std::string_view url) {
  const std::size_t colon = url.find("://");
  const std::string_view scheme = url.substr(0, colon == std::string_view::npos ? 0 : colon);
  const auto wrong = [&] {
    return fail(Code::invalid,
                "url is \"" + hide(url) +
                    "\", wanted rtsp://HOST[:PORT]/PATH or rtsps://...; a user and a "
                    "password go before the host (rtsp://USER:PASSWORD@HOST), with / and @ in them as %2F and %40");
  };
  if (scheme != "rtsp" && scheme != "rtsps") return wrong();
  std::string_view rest = url.substr(colon + 3);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const std::string_view path = rest.substr(authority.size());
  RtspUrl parsed;
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view credentials = authority.substr(0, at);
    const std::size_t split = std::min(credentials.find(':'), credentials.size());
    parsed.user = percent_decode(credentials.substr(0, split));
    if (split < credentials.size()) parsed.password = percent_decode(credentials.substr(split + 1));
    authority.remove_prefix(at + 1);
  }
  const std::size_t query = std::min(path.find('?'), path.size());
  if (authority.empty() || path.substr(0, query).find('@') != std::string_view::npos) return wrong();
  parsed.shown = std::string(scheme) + "://" + std::string(authority) + std::string(path.substr(0, query));
  parsed.query = query < path.size() ? std::string(path.substr(query + 1)) : std::string();
  parsed.location = std::string(scheme) + "://" + std::string(authority) + std::string(path);
  return parsed;
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/first_contact.hpp"

#include "pipeline/base/concat.hpp"

namespace weir {
namespace {
constexpr Duration kFirstContact = std::chrono::seconds(5);
}

Status meet_worker(const RemotePart& part, CloudClient& client, bool has_standby, OpenContext& cx) {
  if (client.wait_for_worker(part.service, kFirstContact)) return {};
  const std::string problem = client.last_problem();
  const std::string text = concat("no worker offers it yet", problem.empty() ? "" : concat(" (", problem, ")"),
                                  "; start one with: pipeline worker --launch FILE --listen ADDRESS");
  // Without a deadline every frame would end at once, dropped: that is not what anybody starts a run for.
  if (!cx.realtime() && !has_standby) return {Code::unavailable, text};
  cx.warn(text);
  return {};
}

}  // namespace weir

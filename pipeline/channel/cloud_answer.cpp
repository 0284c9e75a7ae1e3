// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/cloud_answer.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "pipeline/base/concat.hpp"
#include "transport/wire/body_reader.hpp"

namespace weir {

Duration afterwards(Duration remaining) {
  using std::chrono::milliseconds;
  return std::clamp<Duration>(remaining * 3 / 100, milliseconds(3), milliseconds(10));
}

Reason reason_of(const CloudAnswer& answer) {
  if (answer.ending == Ending::expired) return Reasons::late;
  constexpr std::array<std::string_view, 12> kKnown{"no_worker", "overload",        "worker_lost", "attempt_timeout",
                                                    "busy",      "expired",         "draining",    "stopped",
                                                    "failed",    "unknown_service", "corrupt",     "too_large"};
  const bool known = std::find(kKnown.begin(), kKnown.end(), answer.reason) != kKnown.end();
  return Reason::intern(concat("cloud:", known ? std::string_view(answer.reason) : "refused"));
}

Result<std::vector<DecodedPacket>> read_outputs(const CloudAnswer& answer, std::span<const PayloadCodec* const> codecs,
                                                std::span<detail::PoolBase* const> pools) {
  auto body = BodyReader::read(answer.message.body);
  if (!body) return fail(body.error());
  const auto outputs = body->root().get("outputs");
  if (!outputs) return fail(outputs.error());
  if (outputs->size() != codecs.size()) {
    return fail(Code::corrupt,
                concat("it has ", std::to_string(outputs->size()), " outputs; wanted ", std::to_string(codecs.size())));
  }
  std::vector<DecodedPacket> decoded(codecs.size());
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    if (outputs->at(i).kind() == BodyValue::Kind::nothing) continue;
    auto read = codecs[i]->read(outputs->at(i), body->bytes().keeper, *pools[i]);
    if (!read) return fail(read.error());
    decoded[i] = std::move(*read);
  }
  return decoded;
}

}  // namespace weir

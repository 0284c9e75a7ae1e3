// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "pipeline/channel/payload_codec.hpp"
#include "pipeline/reason.hpp"
#include "transport/remote/cloud_client.hpp"

namespace weir {

/// What comes after an answer (a tracker, a sink) needs a moment of the frame's time too.
inline constexpr Duration kAfterwards = std::chrono::milliseconds(3);

/// Why a request has no result, as the ledger shows it: of a fixed list, because a worker's texts are not to be
/// trusted.
Reason reason_of(const CloudAnswer& answer);

/// The outputs of a result, read into packets of `pools` by the codecs of `types`; nil ones stay empty. All or nothing:
/// Code::corrupt and others where one cannot be read.
Result<std::vector<DecodedPacket>> read_outputs(const CloudAnswer& answer, std::span<const PayloadCodec* const> codecs,
                                                std::span<detail::PoolBase* const> pools);

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "pipeline/channel/payload_codec.hpp"
#include "pipeline/reason.hpp"
#include "transport/remote/cloud_client.hpp"

namespace weir {

/// What is kept of the time that a frame has left for what comes after its answer (a tracker, a sink), and for a busy
/// machine that wakes a thread some milliseconds late: 3 % of it, between 3 and 10 ms.
Duration afterwards(Duration remaining);

/// Why a request has no result, as the ledger shows it: of a fixed list, because a worker's texts are not to be
/// trusted.
Reason reason_of(const CloudAnswer& answer);

/// The outputs of a result, read into packets of `pools` by the codecs of `types`; nil ones stay empty. All or nothing:
/// Code::corrupt and others where one cannot be read.
Result<std::vector<DecodedPacket>> read_outputs(const CloudAnswer& answer, std::span<const PayloadCodec* const> codecs,
                                                std::span<detail::PoolBase* const> pools);

}  // namespace weir

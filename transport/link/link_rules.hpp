// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/status.hpp"
#include "transport/link/link.hpp"

namespace weir {

/// Whether links may be accepted there: other machines must come under TLS with a certificate. The error tells what to
/// do.
Status may_listen(const Address& at, const LinkOptions& options);

/// Whether a link may be opened there: nothing leaves this machine in clear.
Status may_connect(const Address& to, const LinkOptions& options);

}  // namespace weir

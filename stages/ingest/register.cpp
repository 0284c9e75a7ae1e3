// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

namespace weir {

Status register_ingest_stages(Registry&) { return {}; }

}  // namespace weir

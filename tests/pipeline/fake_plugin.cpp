// SPDX-License-Identifier: Apache-2.0
// Built several times: FAKE_ABI is the number it gives, FAKE_NAME the stage it adds (none: it gives no second symbol).
#include "pipeline/plugin.hpp"

namespace {

class Extra final : public weir::Stage {
 public:
  weir::Status process(weir::Context&) override { return {}; }
};

}  // namespace

std::uint32_t weir_plugin_abi() { return FAKE_ABI; }

#ifdef FAKE_NAME
bool weir_plugin_register(weir::Registry* registry) { return registry->add<Extra>(FAKE_NAME).ok(); }
#endif

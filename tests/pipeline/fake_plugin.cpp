// SPDX-License-Identifier: Apache-2.0
// Built several times: FAKE_ABI is the number it gives, FAKE_NAME the stage it adds (none: it gives no second symbol),
// FAKE_PAYLOAD the payload type that it adds, too.
#include "pipeline/payload_format.hpp"
#include "pipeline/plugin.hpp"

namespace {

class Extra final : public weir::Stage {
 public:
  weir::Status process(weir::Context&) override { return {}; }
};

struct Blob {};

}  // namespace

std::uint32_t weir_plugin_abi() { return FAKE_ABI; }

#ifdef FAKE_PAYLOAD
template <>
struct weir::PayloadTraits<Blob> {
  static constexpr std::string_view name = FAKE_PAYLOAD;
  static void write(const Blob&, PayloadWriter&) {}
  static Status read(const PayloadReader&, Blob&) { return {}; }
};
static bool add_payloads() { return weir::add_payload<Blob>().ok(); }
#else
[[maybe_unused]] static bool add_payloads() { return true; }
#endif

#ifdef FAKE_NAME
bool weir_plugin_register(weir::Registry* registry) { return add_payloads() && registry->add<Extra>(FAKE_NAME).ok(); }
#endif

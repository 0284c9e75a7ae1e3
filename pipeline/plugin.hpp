// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "pipeline/registry.hpp"

/// The two symbols that a plug-in, a shared library named under `plugins:` in a launch file, defines:
///
///   std::uint32_t weir_plugin_abi() { return weir::kPluginAbi; }
///   bool weir_plugin_register(weir::Registry* registry) { return bool(registry->add<Blur>("acme.blur")); }
///
/// The program calls the first one before anything else and refuses a plug-in built for another number. A plug-in takes
/// the program's own functions when it is loaded, so it links none of Weir's libraries. It is never unloaded.
extern "C" {

/// The number of the interface that the plug-in was built against: weir::kPluginAbi.
std::uint32_t weir_plugin_abi();

/// Adds the plug-in's stages, and with add_payload (pipeline/payload_format.hpp) those of its payload types that are to
/// cross to workers; false fails the launch.
bool weir_plugin_register(weir::Registry* registry);
}

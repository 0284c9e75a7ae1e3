// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>

#include <exception>
#include <filesystem>

#include "pipeline/channel/plugin_codec.hpp"
#include "pipeline/launch/draft.hpp"
#include "pipeline/launch/settings.hpp"
#include "pipeline/plugin.hpp"

namespace weir {
namespace {

std::string last_dl_error() {
  const char* text = dlerror();
  return text ? text : "unknown error";
}

/// Calls into code that is not ours; whatever it throws stops here.
template <typename Call>
Status guarded(const Call& call, const std::string& who) {
  try {
    return call();
  } catch (const std::exception& error) {
    return {Code::unsupported, concat(who, "threw while it was loaded: ", error.what())};
  } catch (...) {
    return {Code::unsupported, concat(who, "threw while it was loaded")};
  }
}

Status register_stages(void* library, Registry& registry, const std::string& who) {
  const auto abi = reinterpret_cast<decltype(&weir_plugin_abi)>(dlsym(library, "weir_plugin_abi"));
  const auto add = reinterpret_cast<decltype(&weir_plugin_register)>(dlsym(library, "weir_plugin_register"));
  if (!abi || !add) {
    return {Code::unsupported, concat(who, "it has no symbol ", abi ? "weir_plugin_register" : "weir_plugin_abi",
                                      "; define it as pipeline/plugin.hpp says")};
  }
  const std::uint32_t number = abi();
  if (number != kPluginAbi) {
    return {Code::unsupported,
            concat(who, "it was built for interface ", std::to_string(number), ", but this program has ",
                   std::to_string(kPluginAbi), "; build it against this version of Weir")};
  }
  take_payload_refusal();  // of whoever was before
  if (add(&registry)) return {};
  const std::string refused = take_payload_refusal();
  if (!refused.empty()) return {Code::unsupported, concat(who, refused)};
  return {Code::unsupported, concat(who, "it could not register its stages; one of their names may be taken")};
}

Status load_plugin(const std::string& path, Registry& registry) {
  const std::string who = concat("plug-in '", path, "': ");
  std::error_code error;
  // With a slash in it, the loader takes the file itself and searches no folders.
  const std::filesystem::path file = std::filesystem::absolute(path, error);
  if (error || !std::filesystem::is_regular_file(file, error)) {
    return {Code::not_found,
            concat(who,
                   "there is no such file; build it for this machine and give its path, relative to the working "
                   "directory, under plugins or with --set plugins=[PATH]")};
  }
  return guarded(
      [&]() -> Status {
        void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!library) return {Code::unsupported, concat(who, "it cannot be loaded: ", last_dl_error())};
        return register_stages(library, registry, who);
      },
      who);
}

}  // namespace

void load_plugins(const YamlNode& root, Registry& registry, Problems& problems) {
  const YamlNode* node = root.find("plugins");
  if (!node || node->is_null()) return;
  const auto paths = settings::read(&root, settings::kPlugins, "", problems);
  if (!paths) return;
  for (std::size_t i = 0; i < paths->size(); ++i) {
    const Status status = load_plugin((*paths)[i], registry);
    if (!status) problems.add(node->is_list() ? node->values[i] : *node, status.error().text, status.error().code);
  }
}

}  // namespace weir

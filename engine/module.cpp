// SPDX-License-Identifier: Apache-2.0
#include "engine/module.hpp"

#include <dlfcn.h>

#include <filesystem>

namespace weir {
namespace {

namespace fs = std::filesystem;

// Where modules lie, seen from the program: in the folder of a build, and installed.
constexpr const char* kPlaces[] = {".", WEIR_MODULE_DIR};

// By path, not by name: the sanitizers stand between the program and dlopen(), which then does not see its run path.
// `places` are those without the file, when none has it.
void* open_module(const std::string& file, std::string& places) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* place : kPlaces) {
    const fs::path folder = (program / place).lexically_normal();
    if (fs::exists(folder / file, error)) {
      places.clear();
      return ::dlopen((folder / file).c_str(), RTLD_NOW | RTLD_LOCAL);
    }
    places.append(places.empty() ? "" : " or ").append(folder.string());
  }
  return ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

Result<void*> find_in_module(std::string_view what, const std::string& name, const char* function) {
  const std::string file = "lib" + name + ".so";
  std::string places;
  void* const module = open_module(file, places);
  if (void* const found = module ? ::dlsym(module, function) : nullptr) return found;
  const char* reason = ::dlerror();
  return fail(Code::unavailable, std::string(what) + " cannot be loaded: " + (reason ? reason : file + " is unusable") +
                                     (!module && !places.empty() ? "; " + file + " belongs into " + places : "") +
                                     "; install Weir again, or build all its targets");
}

}  // namespace weir

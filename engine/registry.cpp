// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "engine/backend.hpp"
#include "engine/engine.hpp"
#include "engine/module.hpp"

namespace weir {
namespace {

constexpr int kMostThreads = 256;

// The module of backend NAME is weir_engine_NAME.
constexpr auto kBackends = std::to_array<std::string_view>({
#ifdef WEIR_WITH_OPENVINO
    "openvino",
#endif
    "opencv",
});

Result<std::string> find_backend(std::string_view name) {
  if (name.empty()) return std::string(kBackends[0]);
  if (std::ranges::find(kBackends, name) != kBackends.end()) return std::string(name);
  std::string have;
  for (const std::string_view n : kBackends) have.append(have.empty() ? "" : ", ").append(n);
  const bool known = name == "openvino";
  return fail(known ? Code::unsupported : Code::invalid,
              "engine \"" + std::string(name) + "\" is not in this build; it has: " + have +
                  (known ? " (configure with -DWEIR_ENGINE=openvino to add it)" : ""));
}

Status check_range(std::string_view what, int value) {
  if (value >= 1 && value <= kMostThreads) return {};
  return {Code::invalid,
          "engine option " + std::string(what) + " is " + std::to_string(value) + "; give a number from 1 to 256"};
}

}  // namespace

std::span<const std::string_view> engine_backends() { return kBackends; }

Result<std::unique_ptr<Engine>> load_engine(const std::filesystem::path& path, const EngineOptions& options) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(Code::not_found, "model file " + path.string() +
                                     (std::filesystem::exists(path, error) ? " is not a file" : " does not exist") +
                                     "; give the path of an ONNX file");
  }
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file.good() && !file.eof()) {
    return fail(Code::not_found, "model file " + path.string() + " cannot be read; check its permissions");
  }
  return load_engine(bytes, path.string(), options);
}

Result<std::unique_ptr<Engine>> load_engine(std::string_view model, std::string_view name,
                                            const EngineOptions& options) {
  if (Status s = check_range("threads", options.threads); !s) return fail(s.error());
  if (Status s = check_range("sessions", options.sessions); !s) return fail(s.error());
  const auto backend = find_backend(options.backend);
  if (!backend) return fail(backend.error());
  if (model.empty()) return fail(Code::corrupt, "model " + std::string(name) + " is empty; it should be an ONNX file");
  const auto load =
      load_from_module<engine::LoadBackend>("engine " + *backend, "weir_engine_" + *backend, engine::kLoadBackend);
  if (!load) return fail(load.error());
  Result<std::unique_ptr<Engine>> engine;
  (*load)(model, std::string(name), options, engine);
  return engine;
}

}  // namespace weir

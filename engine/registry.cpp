// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "engine/engine.hpp"
#include "engine/opencv/opencv_engine.hpp"
#ifdef WEIR_WITH_OPENVINO
#include "engine/openvino/openvino_engine.hpp"
#endif

namespace weir {
namespace {

constexpr int kMostThreads = 256;

using Load = Result<std::unique_ptr<Engine>> (*)(std::string_view, const std::string&, const EngineOptions&);

struct Backend {
  std::string_view name;
  Load load;
};

constexpr Backend kBackends[] = {
#ifdef WEIR_WITH_OPENVINO
    {"openvino", engine::load_openvino},
#endif
    {"opencv", engine::load_opencv},
};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kBackends)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kBackends[i].name;
  return names;
}();

Result<const Backend*> find_backend(std::string_view name) {
  if (name.empty()) return &kBackends[0];
  const auto* found = std::ranges::find(kBackends, name, &Backend::name);
  if (found != std::end(kBackends)) return found;
  std::string have;
  for (const std::string_view n : kNames) have.append(have.empty() ? "" : ", ").append(n);
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

std::string_view to_string(Precision precision) {
  constexpr std::array<std::string_view, 4> kText{"f32", "bf16", "int8", "auto"};
  return kText[static_cast<std::size_t>(precision)];
}

Result<Precision> parse_precision(std::string_view text) {
  for (const Precision p : {Precision::f32, Precision::bf16, Precision::int8, Precision::automatic}) {
    if (text == to_string(p)) return p;
  }
  return fail(Code::invalid, "precision is \"" + std::string(text) + "\"; choose f32, bf16, int8 or auto");
}

std::span<const std::string_view> engine_backends() { return kNames; }

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
  return (*backend)->load(model, std::string(name), options);
}

}  // namespace weir

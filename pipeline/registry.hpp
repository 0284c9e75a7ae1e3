// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/stage.hpp"

namespace weir {

/// Number of the binary interface between the program and its plug-ins; changes with every incompatible change of the
/// public headers.
inline constexpr std::uint32_t kPluginAbi = 1;

/// All that is known of a kind of stage without making one.
struct StageInfo {
  std::string name;
  std::string_view summary;
  std::span<const PortInfo> inputs;
  std::span<const PortInfo> outputs;
  std::span<const ParamInfo> params;
  Execution execution;
  std::unique_ptr<Stage> (*make)() = nullptr;

  const PortInfo* input(std::string_view port) const;
  const PortInfo* output(std::string_view port) const;
};

/// The stages a launch file can name. Thread-compatible: filled once, then only read.
class Registry {
 public:
  /// Adds stage class T under `name` ("family.kind"). A name that another class has is an error; the same class again
  /// changes nothing.
  template <typename T>
  Status add(std::string name) {
    StageInfo info;
    info.name = std::move(name);
    if constexpr (requires { T::summary; }) info.summary = T::summary;
    if constexpr (requires { T::inputs; }) info.inputs = T::inputs;
    if constexpr (requires { T::outputs; }) info.outputs = T::outputs;
    if constexpr (requires { T::params; }) info.params = T::params;
    if constexpr (requires { T::execution; }) info.execution = T::execution;
    info.make = [] { return std::unique_ptr<Stage>(std::make_unique<T>()); };
    return add(std::move(info));
  }
  Status add(StageInfo info);

  const StageInfo* find(std::string_view name) const;
  std::vector<const StageInfo*> all() const;  ///< sorted by name

 private:
  std::map<std::string, StageInfo, std::less<>> stages_;
};

}  // namespace weir

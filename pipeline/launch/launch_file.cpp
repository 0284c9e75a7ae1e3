// SPDX-License-Identifier: Apache-2.0
#include "pipeline/launch_file.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "pipeline/launch/draft.hpp"

namespace weir {
namespace {

using Diagnostics = std::vector<Diagnostic>;

/// Runs all steps; `stem` names the graph when the text does not.
tl::expected<GraphSpec, Diagnostics> read_launch(std::string_view text, std::string_view stem, Registry& registry,
                                                 const std::vector<Override>& overrides) {
  LaunchDraft draft;
  std::optional<YamlNode> root = parse_yaml(text, draft.problems);
  if (!root) return tl::unexpected(draft.problems.take());
  if (!root->is_map()) {
    draft.problems.add(
        *root, concat("the launch file is ", describe(*root), ", but must be a map with at least the key 'stages'"));
    return tl::unexpected(draft.problems.take());
  }
  draft.root = *std::move(root);
  apply_overrides(draft.root, overrides, draft.problems);
  load_plugins(draft.root, registry, draft.problems);
  read_top(draft);
  if (!draft.root.find("name") && is_name(stem)) draft.spec.name = stem;
  read_stages(draft, registry);
  connect_stages(draft);
  read_edges(draft);
  check_graph(draft);
  choose_answer(draft);
  if (!draft.problems.empty()) return tl::unexpected(draft.problems.take());
  sort_stages(draft);
  check_cloud(draft);
  if (!draft.problems.empty()) return tl::unexpected(draft.problems.take());
  add_config(draft);
  return std::move(draft.spec);
}

tl::expected<GraphSpec, Diagnostics> one_problem(Code code, std::string text) {
  return tl::unexpected(Diagnostics{{0, 0, std::move(text), code}});
}

}  // namespace

tl::expected<GraphSpec, Diagnostics> parse_launch(std::string_view text, Registry& registry,
                                                  const std::vector<Override>& overrides) {
  try {
    return read_launch(text, "", registry, overrides);
  } catch (const std::exception& error) {
    return one_problem(Code::internal, concat("the launch file cannot be read: ", error.what()));
  }
}

tl::expected<GraphSpec, Diagnostics> load_launch(const std::string& path, Registry& registry,
                                                 const std::vector<Override>& overrides) {
  try {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
      return one_problem(Code::not_found, concat("'", path, "' is a folder; name a launch file in it"));
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) return one_problem(Code::not_found, concat("'", path, "' cannot be read: ", std::strerror(errno)));
    // One byte more than is taken tells a file that is too large without reading all of it.
    constexpr std::streamsize kMost = 1'000'001;
    std::string text(static_cast<std::size_t>(kMost), '\0');
    file.read(text.data(), kMost);
    text.resize(static_cast<std::size_t>(file.gcount()));
    return read_launch(text, std::filesystem::path(path).stem().string(), registry, overrides);
  } catch (const std::exception& error) {
    return one_problem(Code::internal, concat("'", path, "' cannot be read: ", error.what()));
  }
}

}  // namespace weir

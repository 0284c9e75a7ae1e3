// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/launch/draft.hpp"
#include "pipeline/launch/keys.hpp"
#include "pipeline/launch/values.hpp"

namespace weir {
namespace {

/// Assigns the keys of one stage, nested maps included, to its parameters.
class ParamReader {
 public:
  ParamReader(StageDraft& stage, Problems& problems)
      : stage_(stage), params_(stage.spec.info->params), problems_(problems) {}

  void read() {
    for (const ParamInfo& param : params_) stage_.spec.values.push_back(param.default_value());
    stage_.spec.given.assign(params_.size(), false);
    read_map(*stage_.body, "");
    for (std::size_t i = 0; i < params_.size(); ++i) {
      if (!params_[i].spec.required || stage_.spec.given[i]) continue;
      std::string wanted = wanted_text(params_[i]);
      if (wanted.ends_with(',')) wanted.pop_back();
      problems_.add(*stage_.key, concat(stage_.who(), "parameter '", params_[i].spec.name, "' is missing; give it ",
                                        wanted, ": ", params_[i].spec.help));
    }
  }

 private:
  void read_map(const YamlNode& map, const std::string& prefix) {
    for (std::size_t i = 0; i < map.keys.size(); ++i) {
      const bool is_launch_key =
          prefix.empty() && std::find(kStageKeys.begin(), kStageKeys.end(), map.keys[i].text) != kStageKeys.end();
      const bool is_twin = map.find(map.keys[i].text) != &map.values[i];  // which the YAML reader has reported
      if (!is_launch_key && !is_twin) read_entry(map.keys[i], map.values[i], concat(prefix, map.keys[i].text), prefix);
    }
  }

  void read_entry(const YamlNode& key, const YamlNode& value, const std::string& name, const std::string& prefix) {
    const auto found =
        std::find_if(params_.begin(), params_.end(), [&](const ParamInfo& param) { return param.spec.name == name; });
    if (found != params_.end()) {
      set(static_cast<std::size_t>(found - params_.begin()), key, value);
    } else if (!is_group(name)) {
      problems_.add(key, concat(stage_.who(), "unknown key ", seen_and_known(name, known(prefix))));
    } else if (!value.is_map()) {
      problems_.add(value, concat(stage_.who(), "key '", name, "' is ", describe(value), ", but must be a map with ",
                                  join_names(known(concat(name, ".")))));
    } else {
      read_map(value, concat(name, "."));
    }
  }

  void set(std::size_t i, const YamlNode& key, const YamlNode& value) {
    if (stage_.spec.given[i]) {
      problems_.add(key, concat(stage_.who(), "parameter '", params_[i].spec.name, "' is given twice; keep one"));
    }
    stage_.spec.given[i] = true;
    Result<ParamValue> read = read_value(params_[i], value);
    if (read) {
      stage_.spec.values[i] = *std::move(read);
    } else {
      problems_.add(value, concat(stage_.who(), "parameter '", params_[i].spec.name, "' ", read.error().text));
    }
  }

  bool is_group(const std::string& name) const {
    const std::string prefix = concat(name, ".");
    return std::any_of(params_.begin(), params_.end(),
                       [&](const ParamInfo& param) { return param.spec.name.starts_with(prefix); });
  }

  std::vector<std::string> known(const std::string& prefix) const {
    std::vector<std::string> names;
    for (const ParamInfo& param : params_) {
      if (param.spec.name.starts_with(prefix)) names.emplace_back(param.spec.name);
    }
    if (prefix.empty()) names.insert(names.end(), kStageKeys.begin(), kStageKeys.end());
    return names;
  }

  StageDraft& stage_;
  std::span<const ParamInfo> params_;
  Problems& problems_;
};

}  // namespace

void read_params(StageDraft& stage, Problems& problems) { ParamReader(stage, problems).read(); }

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "bench/common/targets.hpp"

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace weir::bench {
namespace {

constexpr std::array<std::string_view, 5> kOperators{"<", "<=", ">=", "==", "none"};

Target target_of(const nlohmann::json& entry) {
  Target target;
  entry.at("bench").get_to(target.bench);
  entry.at("metric").get_to(target.metric);
  entry.at("op").get_to(target.op);
  if (target.has_bar()) entry.at("value").get_to(target.value);
  entry.at("unit").get_to(target.unit);
  entry.at("baseline").get_to(target.baseline);
  entry.at("text").get_to(target.text);
  return target;
}

}  // namespace

bool Target::met(double seen) const {
  if (!has_bar()) return true;
  if (op == "<") return seen < value;
  if (op == "<=") return seen <= value;
  if (op == ">=") return seen >= value;
  return seen == value;
}

std::string Target::wanted() const {
  if (!has_bar()) return op;
  std::ostringstream out;
  out << op << ' ' << value;
  return out.str();
}

Result<std::vector<Target>> parse_targets(std::string_view text, const std::string& name) {
  std::vector<Target> targets;
  try {
    for (const nlohmann::json& entry : nlohmann::json::parse(text)) targets.push_back(target_of(entry));
  } catch (const nlohmann::json::exception& error) {
    return fail(Code::corrupt, name + ", entry " + std::to_string(targets.size() + 1) + ": " + error.what());
  }
  for (const Target& target : targets) {
    if (std::find(kOperators.begin(), kOperators.end(), target.op) != kOperators.end()) continue;
    return fail(Code::invalid, name + ": the target of " + target.bench + " " + target.metric + " has op \"" +
                                   target.op + "\"; wanted <, <=, >=, == or none");
  }
  return targets;
}

Result<std::vector<Target>> read_targets(const std::string& file) {
  std::ifstream in(file);
  if (!in) return fail(Code::not_found, "cannot read the targets " + file + "; name the file with --targets");
  std::ostringstream text;
  text << in.rdbuf();
  return parse_targets(text.str(), file);
}

}  // namespace weir::bench

// SPDX-License-Identifier: Apache-2.0
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <numeric>
#include <sstream>

#include "pipeline/launch/problems.hpp"
#include "pipeline/launch/utf8.hpp"
#include "pipeline/launch/yaml_tree.hpp"

namespace weir {
namespace {

constexpr std::size_t kMaxBytes = 1'000'000;
constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxNodes = 100'000;

/// Ends the reading of a document that we do not take.
struct Refused {
  int line;
  int column;
  std::string text;
};

/// Builds the tree from yaml-cpp's events, which, unlike its nodes, show keys given twice and depth as they come.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Problems& problems) : problems_(problems) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { attach(make(mark, YamlNode::Kind::null)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases (*name) are not supported in a launch file; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string& value) override {
    YamlNode node = make(mark, YamlNode::Kind::scalar);
    node.text = value;
    attach(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(mark, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(mark, YamlNode::Kind::map);
  }
  void OnMapEnd() override {
    report_twins(stack_.back());
    close();
  }

 private:
  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string text) {
    throw Refused{mark.line + 1, mark.column + 1, std::move(text)};
  }

  YamlNode make(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (++count_ > kMaxNodes) refuse(mark, "more than " + std::to_string(kMaxNodes) + " values; split the file");
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void open(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (stack_.size() >= kMaxDepth) refuse(mark, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    stack_.push_back(make(mark, kind));
  }

  void close() {
    YamlNode node = std::move(stack_.back());
    stack_.pop_back();
    attach(std::move(node));
  }

  void attach(YamlNode node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    YamlNode& parent = stack_.back();
    const bool is_key = parent.is_map() && parent.keys.size() == parent.values.size();
    if (is_key && !node.is_scalar()) {
      throw Refused{node.line, node.column, "a key must be a plain text, but here it is " + describe(node)};
    }
    (is_key ? parent.keys : parent.values).push_back(std::move(node));
  }

  void report_twins(const YamlNode& map) {
    std::vector<std::size_t> order(map.keys.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return map.keys[a].text < map.keys[b].text; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      const YamlNode& first = map.keys[order[i - 1]];
      const YamlNode& again = map.keys[order[i]];
      if (first.text != again.text) continue;
      problems_.add(again, "key '" + again.text + "' is given twice, first in line " + std::to_string(first.line) +
                               "; keep one of the two");
    }
  }

  Problems& problems_;
  YamlNode root_;
  std::vector<YamlNode> stack_;
  std::size_t count_ = 0;
};

bool refuse_bytes(std::string_view text, Problems& problems) {
  if (text.size() > kMaxBytes) {
    problems.add(0, 0,
                 "the text has " + std::to_string(text.size()) + " bytes; a launch file has at most " +
                     std::to_string(kMaxBytes));
    return true;
  }
  const std::optional<std::size_t> bad = find_bad_byte(text);
  if (!bad) return false;
  const std::string_view before = text.substr(0, *bad);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  problems.add(static_cast<int>(line), static_cast<int>(*bad - line_start) + 1,
               "byte " + std::to_string(static_cast<unsigned char>(text[*bad])) +
                   " is a control character or no UTF-8; save the file as UTF-8 text");
  return true;
}

}  // namespace

std::optional<YamlNode> parse_yaml(std::string_view text, Problems& problems) {
  if (refuse_bytes(text, problems)) return std::nullopt;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(problems);
    if (!parser.HandleNextDocument(builder)) return YamlNode{};
    YamlNode root = builder.take();
    TreeBuilder rest(problems);
    if (parser.HandleNextDocument(rest)) {
      const YamlNode second = rest.take();
      problems.add(second, "a second YAML document begins here; keep one document in a launch file");
      return std::nullopt;
    }
    return root;
  } catch (const Refused& refused) {
    problems.add(refused.line, refused.column, refused.text);
  } catch (const YAML::Exception& error) {
    const bool placed = !error.mark.is_null();
    problems.add(placed ? error.mark.line + 1 : 0, placed ? error.mark.column + 1 : 0, "YAML syntax: " + error.msg);
  } catch (const std::exception& error) {
    problems.add(0, 0, std::string("the YAML text cannot be read: ") + error.what());
  }
  return std::nullopt;
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "transport/wire/body_tree.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <msgpack.hpp>
#include <string>
#include <utility>

#include "transport/wire/utf8.hpp"

namespace weir {
namespace {

using Kind = BodyValue::Kind;

BodyNode node_of(Kind kind, std::uint32_t size = 0) {
  BodyNode node;
  node.kind = kind;
  node.size = size;
  return node;
}

std::string_view text_of(const BodyNode& node) { return {node.bytes, node.size}; }

/// Hears the values in order and puts the children of each container side by side once it is complete. Nothing is made
/// in advance for what a count promises, so memory follows what really came.
class TreeBuilder : public msgpack::null_visitor {
 public:
  explicit TreeBuilder(const BodyLimits& limits) : limits_(limits) {}

  const std::string& why() const { return why_; }

  std::vector<BodyNode> take() {
    nodes_.push_back(pending_.back());
    for (BodyNode& node : nodes_) {
      if (node.child_count() == 0) continue;
      BodyNode* children = nodes_.data() + node.first;
      for (std::size_t i = 0; i < node.child_count(); ++i) children[i].parent = &node;
      node.children = children;
    }
    return std::move(nodes_);
  }

  bool visit_nil() { return add(node_of(Kind::nothing)); }
  bool visit_boolean(bool value) {
    BodyNode node = node_of(Kind::boolean);
    node.natural = value ? 1 : 0;
    return add(node);
  }
  bool visit_positive_integer(std::uint64_t value) {
    BodyNode node = node_of(Kind::integer);
    node.natural = value;
    return add(node);
  }
  bool visit_negative_integer(std::int64_t value) {  // also positive ones that were written in a signed form
    BodyNode node = node_of(Kind::integer);
    node.negative = value < 0;
    node.integer = value;
    return add(node);
  }
  bool visit_float32(float value) { return visit_float64(value); }
  bool visit_float64(double value) {
    BodyNode node = node_of(Kind::number);
    node.number = value;
    return add(node);
  }
  bool visit_str(const char* bytes, std::uint32_t size) {
    if (size > limits_.text) return too_much("a text", size, limits_.text, "bytes");
    if (!is_utf8({bytes, size})) return stop("holds a text that is not UTF-8");
    return add_bytes(Kind::text, bytes, size);
  }
  bool visit_bin(const char* bytes, std::uint32_t size) {
    if (size > limits_.binary) return too_much("a binary value", size, limits_.binary, "bytes");
    return add_bytes(Kind::binary, bytes, size);
  }
  bool visit_ext(const char* /*bytes*/, std::uint32_t /*size*/) {
    return stop("holds an extension type; none is used");
  }

  bool start_array(std::uint32_t items) {
    if (items > limits_.array) return too_much("an array", items, limits_.array, "items");
    return open(Kind::array, items);
  }
  bool start_map(std::uint32_t entries) {
    if (entries > limits_.map) return too_much("a map", entries, limits_.map, "entries");
    return open(Kind::map, entries);
  }
  bool end_array() { return close(); }
  bool end_map() {
    const std::span<const BodyNode> children(pending_.data() + open_.back().first,
                                             pending_.size() - open_.back().first);
    return keys_are_right(children) && close();
  }

  void parse_error(std::size_t /*begin*/, std::size_t at) { stop("is no msgpack at byte " + std::to_string(at)); }
  void insufficient_bytes(std::size_t /*begin*/, std::size_t at) {
    stop("ends within a value, after byte " + std::to_string(at));
  }

 private:
  struct Open {
    Kind kind;
    std::uint32_t size;
    std::size_t first;  ///< of its children in pending_
  };

  bool stop(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    return false;
  }

  bool too_much(std::string_view what, std::size_t seen, std::size_t most, std::string_view unit) {
    return stop("holds " + std::string(what) + " of " + std::to_string(seen) + " " + std::string(unit) + "; at most " +
                std::to_string(most) + " are taken");
  }

  bool add(const BodyNode& node) {
    if (++values_ > limits_.values) return too_much("a number", values_, limits_.values, "values");
    pending_.push_back(node);
    return true;
  }

  bool add_bytes(Kind kind, const char* bytes, std::uint32_t size) {
    BodyNode node = node_of(kind, size);
    node.bytes = bytes;
    return add(node);
  }

  bool open(Kind kind, std::uint32_t size) {
    if (open_.size() >= limits_.depth)
      return stop("is nested deeper than " + std::to_string(limits_.depth) + " levels");
    open_.push_back({kind, size, pending_.size()});
    return true;
  }

  bool close() {
    const Open done = open_.back();
    open_.pop_back();
    BodyNode node = node_of(done.kind, done.size);
    node.first = nodes_.size();
    const auto first = pending_.begin() + static_cast<std::ptrdiff_t>(done.first);
    nodes_.insert(nodes_.end(), first, pending_.end());
    pending_.erase(first, pending_.end());
    return add(node);
  }

  bool keys_are_right(std::span<const BodyNode> children) {
    keys_.clear();
    for (std::size_t i = 0; i < children.size(); i += 2) {
      if (children[i].kind != Kind::text) return stop("has a map with a key that is no text");
      keys_.push_back(text_of(children[i]));
    }
    std::sort(keys_.begin(), keys_.end());
    if (std::adjacent_find(keys_.begin(), keys_.end()) != keys_.end()) return stop("has a map with the same key twice");
    return true;
  }

  const BodyLimits& limits_;
  std::vector<BodyNode> nodes_;    ///< children of complete containers
  std::vector<BodyNode> pending_;  ///< values whose container is not complete
  std::vector<Open> open_;
  std::vector<std::string_view> keys_;
  std::size_t values_ = 0;
  std::string why_;
};

tl::unexpected<Error> refuse(std::string why) { return fail(Code::invalid, "message body: it " + std::move(why)); }

}  // namespace

Result<std::vector<BodyNode>> read_body_tree(std::span<const std::uint8_t> input, const BodyLimits& limits) {
  if (input.empty()) return refuse("is empty; it must hold one map");
  try {
    TreeBuilder builder(limits);
    std::size_t end = 0;
    const bool complete = msgpack::parse(reinterpret_cast<const char*>(input.data()), input.size(), end, builder);
    if (!builder.why().empty()) return refuse(builder.why());
    if (!complete) return refuse("cannot be read");
    if (end != input.size()) return refuse("has " + std::to_string(input.size() - end) + " bytes after its map");
    std::vector<BodyNode> nodes = builder.take();
    if (nodes.back().kind != Kind::map) return refuse("is no map");
    return nodes;
  } catch (const std::exception& error) {
    return refuse(std::string("cannot be read: ") + error.what());
  }
}

}  // namespace weir

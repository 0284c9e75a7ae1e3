// SPDX-License-Identifier: Apache-2.0
#include "transport/wire/body_reader.hpp"

#include <utility>
#include <vector>

#include "transport/wire/body_tree.hpp"

namespace weir {

struct BodyReader::Impl {
  Bytes bytes;
  std::vector<BodyNode> nodes;
};

BodyReader::BodyReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BodyReader::BodyReader(BodyReader&&) noexcept = default;
BodyReader& BodyReader::operator=(BodyReader&&) noexcept = default;
BodyReader::~BodyReader() = default;

Result<BodyReader> BodyReader::read(Bytes body, const BodyLimits& limits) {
  Result<std::vector<BodyNode>> nodes = read_body_tree(body.view, limits);
  if (!nodes) return fail(std::move(nodes.error()));
  return BodyReader(std::make_unique<Impl>(Impl{std::move(body), std::move(*nodes)}));
}

BodyValue BodyReader::root() const { return BodyValue(&impl_->nodes.back()); }
const Bytes& BodyReader::bytes() const { return impl_->bytes; }

}  // namespace weir

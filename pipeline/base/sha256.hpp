// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace weir {

/// SHA-256 of what is added.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(const void* data, std::size_t bytes);
  /// With its length, so that two texts never read as one.
  void add_text(std::string_view text);
  /// Ends it.
  std::string hex();

 private:
  evp_md_ctx_st* context_;
};

}  // namespace weir

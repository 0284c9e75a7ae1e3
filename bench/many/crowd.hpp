// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "transport/link/link.hpp"

namespace weir::bench {

/// Many devices on one thread: each says hello, has one request answered, and then only keeps its connection.
class Crowd {
 public:
  static Result<std::unique_ptr<Crowd>> create(Address worker, LinkOptions options);
  virtual ~Crowd() = default;  ///< all devices leave

  /// Lets so many more devices join, a few at a time, and waits until all had their answer.
  virtual Status join(int devices) = 0;
};

}  // namespace weir::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <memory>
#include <string>

#include "kernels/base/status.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/reason.hpp"

namespace weir {

/// The pixels of one live source, raw and in order, so that its run can be repeated without the camera: per frame a
/// header line and the rows. Thread-compatible.
class FrameStore {
 public:
  /// Opens `path` for reading, or makes it anew for writing.
  static Result<std::unique_ptr<FrameStore>> open(const std::string& path, bool read);

  /// Appends a frame; null for one that was a gap for `dropped`. Errors show at close().
  void write(const Frame* frame, Reason dropped);

  /// Fills the next frame; returns why it was a gap, or none.
  Result<Reason> read(Frame& frame);

  Status close();

 private:
  std::string path_;
  bool reading_ = false;
  std::fstream file_;
};

}  // namespace weir

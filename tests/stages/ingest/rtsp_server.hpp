// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

namespace weir::test {

/// An RTSP server on loopback in this process: a test picture with sound at /camera. Its end is that of a server that
/// is killed: every connection breaks.
class RtspServer {
 public:
  /// Port 0 takes a free one. With a user, only that user with that password gets in.
  explicit RtspServer(int port = 0, const std::string& user = "", const std::string& password = "");
  ~RtspServer();

  int port() const;
  std::string url() const { return "rtsp://127.0.0.1:" + std::to_string(port()) + "/camera"; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::test

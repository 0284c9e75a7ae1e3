// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/wire/message.hpp"

namespace weir::test {

/// A Python that has the sample's packages: WEIR_PYTHON of the environment, or build/venv.
std::optional<std::string> sample_python();

/// The sample worker as a process of its own, on a Unix socket unless told otherwise; ended with the object.
class PythonWorker {
 public:
  explicit PythonWorker(const std::string& python, const std::vector<std::string>& options = {});
  ~PythonWorker();
  PythonWorker(const PythonWorker&) = delete;
  PythonWorker& operator=(const PythonWorker&) = delete;

  const std::string& socket_path() const { return path_; }
  /// Where it says that it listens; empty when it does not.
  const std::string& address() const { return address_; }

 private:
  std::string path_, address_;
  pid_t pid_ = -1;
  int output_ = -1;
};

/// A bare socket to a worker, spoken to with nothing but the wire format.
class RawLink {
 public:
  explicit RawLink(const std::string& path);
  ~RawLink();
  RawLink(const RawLink&) = delete;
  RawLink& operator=(const RawLink&) = delete;

  void send(FrameHeader header, const std::shared_ptr<const Body>& body);
  void send_bytes(const void* data, std::size_t size);

  /// The next message; nothing when the worker closed the link.
  std::optional<InMessage> receive();

 private:
  bool read(std::uint8_t* into, std::size_t size);
  int socket_ = -1;
};

}  // namespace weir::test

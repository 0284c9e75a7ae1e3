// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/remote/echo_worker.hpp"

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace weir::test {
namespace {

Bytes zeros(std::size_t count) {
  const auto bytes = std::make_shared<const std::vector<std::uint8_t>>(count);
  return {*bytes, bytes};
}

}  // namespace

EchoWork::EchoWork(Duration service, std::size_t answer_bytes)
    : service_(service), answer_(std::make_shared<const std::vector<std::uint8_t>>(answer_bytes)) {}

Status EchoWork::work(const WorkRequest&, BodyWriter& outputs) {
  ++calls;
  std::this_thread::sleep_for(service_);
  outputs.begin_array(1).binary({*answer_, answer_});
  return {};
}

std::unique_ptr<WorkerServer> start_echo(const Address& at, EchoWork& work, WorkerServerOptions options) {
  options.listen = {at};
  if (options.services.empty()) options.services = {kEcho};
  auto server = WorkerServer::start(std::move(options), work);
  if (server) return std::move(*server);
  std::fprintf(stderr, "%s\n", server.error().text.c_str());
  std::abort();
}

std::shared_ptr<const Body> echo_request(std::uint64_t frame, std::size_t payload_bytes) {
  BodyWriter writer;
  writer.begin_map(4).key("service").text(kEcho.name).key("stream").text("camera").key("frame").natural(frame);
  writer.key("inputs").begin_array(1).binary(zeros(payload_bytes));
  return writer.finish();
}

}  // namespace weir::test

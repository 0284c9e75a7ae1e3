// SPDX-License-Identifier: Apache-2.0
#include "app/metrics_server.hpp"

#include <httplib.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <thread>
#include <utility>

namespace weir::app {
namespace {

struct Address {
  std::string host;
  int port = 0;
};

Result<Address> parse_address(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  Address address;
  int port = -1;
  if (colon != std::string::npos) {
    address.host = listen.substr(0, colon);
    const char* end = listen.data() + listen.size();
    const auto [stop, error] = std::from_chars(listen.data() + colon + 1, end, port);
    if (error != std::errc{} || stop != end) port = -1;
  }
  if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (address.host.empty() || port < 0 || port > 65535) {
    return fail(Code::invalid, "metrics.listen is \"" + listen + "\"; wanted HOST:PORT, for example 127.0.0.1:9464");
  }
  address.port = port;
  return address;
}

}  // namespace

struct MetricsServer::Impl {
  httplib::Server server;
  std::thread thread;
  std::string url;
};

MetricsServer::MetricsServer() : impl_(std::make_unique<Impl>()) {}

MetricsServer::~MetricsServer() {
  impl_->server.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

const std::string& MetricsServer::url() const { return impl_->url; }

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const std::string& listen, Source source) {
  const Result<Address> address = parse_address(listen);
  if (!address) return fail(address.error());

  std::unique_ptr<MetricsServer> result(new MetricsServer);
  httplib::Server& server = result->impl_->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(2); };
  // The library's default, SO_REUSEPORT, would let two programs share a port and hide the conflict.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  server.Get("/metrics", [metrics = source.metrics](const httplib::Request&, httplib::Response& response) {
    response.set_content(metrics(), "text/plain; version=0.0.4; charset=utf-8");
  });
  server.Get("/healthz",
             [](const httplib::Request&, httplib::Response& response) { response.set_content("ok\n", "text/plain"); });
  server.Get("/readyz", [ready = source.ready](const httplib::Request&, httplib::Response& response) {
    const bool is_ready = ready();
    response.status = is_ready ? 200 : 503;
    response.set_content(is_ready ? "ready\n" : "waiting for the first frame of every source\n", "text/plain");
  });

  int port = address->port;
  errno = 0;
  if (port == 0) {
    port = server.bind_to_any_port(address->host);
  } else if (!server.bind_to_port(address->host, port)) {
    port = -1;
  }
  if (port < 0) {
    const std::string why = errno ? std::strerror(errno) : "the address cannot be bound";
    return fail(Code::unavailable, "metrics.listen: cannot listen on " + listen + " (" + why +
                                       "); stop the program that uses it, or choose another port by "
                                       "--set metrics.listen=HOST:PORT");
  }
  const bool v6 = address->host.find(':') != std::string::npos;
  result->impl_->url = "http://" + (v6 ? "[" + address->host + "]" : address->host) + ":" + std::to_string(port);
  result->impl_->thread = std::thread([&server] { server.listen_after_bind(); });
  // A stop before the loop runs would be lost.
  while (!server.is_running()) std::this_thread::yield();
  return result;
}

}  // namespace weir::app

// SPDX-License-Identifier: Apache-2.0
// One end of a link in a process of its own, to be killed: sends back what comes.
//   nats_echo ADDRESS [connect]
#include <poll.h>

#include <cstdio>

#include "transport/link/link.hpp"

namespace {

class Echo final : public weir::LinkEvents {
  void on_close(weir::Link&, const weir::Status&) override {}
  void on_message(weir::Link& link, weir::InMessage message) override {
    auto body = std::make_shared<weir::Body>();
    body->append(message.body);
    link.send({message.header, std::move(body)});
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  const auto address = weir::parse_address(arguments[1]);
  auto loop = weir::LinkLoop::create();
  if (!address || !loop) return 2;
  const weir::LinkOptions options;
  if (count > 2) {
    const auto link = (*loop)->connect(*address, options, std::make_shared<Echo>());
    poll(nullptr, 0, -1);
  }
  const auto listener = (*loop)->listen(*address, options, [] { return std::make_shared<Echo>(); });
  std::fprintf(stderr, "%s\n", listener ? "ready" : listener.error().text.c_str());
  poll(nullptr, 0, -1);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/link/link_rig.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <future>

#include "tests/transport/link/nats_server.hpp"

namespace weir::test {
namespace {

constexpr auto kLong = std::chrono::seconds(60);  // only a test that fails waits for so long

std::string script(const std::string& name) { return std::string(WEIR_SOURCE_DIR) + "/scripts/" + name; }

std::vector<std::uint8_t> pattern(std::uint64_t id, std::size_t bytes) {
  std::vector<std::uint8_t> out(bytes);
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<std::uint8_t>(id * 31 + i * 7 + (i >> 8));
  return out;
}

Address parsed(const std::string& text) {
  auto address = parse_address(text);
  EXPECT_TRUE(address) << (address ? "" : address.error().text);
  return address.value_or(Address{});
}

std::string new_nats_name() {
  static int last = 0;
  return "worker-" + std::to_string(++last);
}

}  // namespace

void on_loop(LinkLoop& loop, const std::function<void()>& call) {
  std::promise<void> done;
  loop.post([&] {
    call();
    done.set_value();
  });
  done.get_future().wait();
}

std::unique_ptr<LinkLoop> new_loop() {
  auto loop = LinkLoop::create();
  EXPECT_TRUE(loop);
  return std::move(*loop);
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "weir-link-XXXXXX").string();
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  path = name;
}

TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path); }

TlsFiles make_certificates(const std::filesystem::path& folder, const std::string& name) {
  const std::string command = script("make-certs") + " " + folder.string() + " " + name;
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return {folder / (name + ".pem"), folder / (name + "-key.pem"), folder / "authority.pem"};
}

void Recorder::on_open(Link& opened_link) {
  {
    const std::scoped_lock lock(mutex_);
    ++opened;
    link = &opened_link;
  }
  changed_.notify_all();
  if (on_opened) on_opened(opened_link);
}

void Recorder::on_message(Link& from, InMessage message) {
  if (on_each) on_each(from, message);
  std::unique_lock lock(mutex_);
  ++received;
  if (!on_each) messages.push_back(std::move(message));
  changed_.notify_all();
  changed_.wait(lock, [this] { return !held_; });
}

void Recorder::on_room(Link& with_room) {
  {
    const std::scoped_lock lock(mutex_);
    ++rooms;
  }
  changed_.notify_all();
  if (when_room) when_room(with_room);
}

void Recorder::on_close(Link&, const Status& why) {
  const std::scoped_lock lock(mutex_);
  ++closed;
  why_ = why;
  link = nullptr;
  changed_.notify_all();
}

bool Recorder::wait_for(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kLong, condition);
}

bool Recorder::wait_opened() {
  return wait_for([this] { return opened > 0; });
}

bool Recorder::wait_messages(std::size_t count) {
  return wait_for([this, count] { return received >= count; });
}

bool Recorder::wait_closed() {
  return wait_for([this] { return closed > 0; });
}

std::vector<std::uint64_t> Recorder::ids() {
  const std::scoped_lock lock(mutex_);
  std::vector<std::uint64_t> out;
  for (const InMessage& message : messages) out.push_back(message.header.id);
  return out;
}

std::string Recorder::why() {
  const std::scoped_lock lock(mutex_);
  return why_.error().text;
}

Code Recorder::code() {
  const std::scoped_lock lock(mutex_);
  return why_.error().code;
}

void Recorder::hold() {
  const std::scoped_lock lock(mutex_);
  held_ = true;
}

void Recorder::release() {
  {
    const std::scoped_lock lock(mutex_);
    held_ = false;
  }
  changed_.notify_all();
}

const std::vector<LinkKind>& link_kinds() {
  static const std::vector<LinkKind> kinds = [] {
    std::vector<LinkKind> out(7);
    out[0].name = "inproc";
    out[0].address = [](const TemporaryFolder& folder) {
      return parsed("inproc://" + folder.path.filename().string());
    };
    out[1].name = "unix_path";
    out[1].address = [](const TemporaryFolder& folder) { return parsed("unix:" + (folder.path / "socket").string()); };
    out[2].name = "unix_name";
    out[2].address = [](const TemporaryFolder& folder) { return parsed("unix:@" + folder.path.filename().string()); };
    out[3].name = "tcp";
    out[3].address = [](const TemporaryFolder&) { return parsed("tcp://127.0.0.1:0"); };
    out[4].name = "tls";
    out[4].address = [](const TemporaryFolder&) { return parsed("tls://127.0.0.1:0"); };
    out[4].complete = [](const TemporaryFolder& folder, LinkOptions& options) {
      options.tls = make_certificates(folder.path);
    };
    out[4].many = 100;
    out[5].name = "nats";
    out[5].address = [](const TemporaryFolder&) {
      static const NatsServer server;
      return server.address(new_nats_name());
    };
    out[6].name = "nats_tls";
    out[6].address = [](const TemporaryFolder& folder) {
      // complete() has made the certificates; the server lives as long as the test's program.
      static std::vector<std::unique_ptr<NatsServer>> servers;
      const TlsFiles files{folder.path / "localhost.pem", folder.path / "localhost-key.pem",
                           folder.path / "authority.pem"};
      servers.push_back(std::make_unique<NatsServer>(nats_tls_configuration(files, "localhost")));
      return servers.back()->address(new_nats_name(), "localhost");
    };
    out[6].complete = out[4].complete;
    out[5].absent = out[6].absent = why_no_nats;
    return out;
  }();
  return kinds;
}

LinkRig::LinkRig(const LinkKind& kind, LinkOptions listening, LinkOptions connecting)
    : near_loop(new_loop()), far_loop(new_loop()), connecting_(std::move(connecting)) {
  listening.connect_timeout = connecting_.connect_timeout = kLong;
  kind.complete(folder, listening);
  connecting_.tls = listening.tls;
  auto made = far_loop->listen(kind.address(folder), listening, [this] { return accept ? accept() : nullptr; });
  EXPECT_TRUE(made) << (made ? "" : made.error().text);
  if (made) listener = std::move(*made);
}

LinkRig::~LinkRig() {
  near_loop.reset();
  far_loop.reset();
}

std::shared_ptr<Link> LinkRig::connect(const std::shared_ptr<LinkEvents>& events) {
  return near_loop->connect(listener->address(), connecting_, events);
}

LinkRig::Pair LinkRig::open(std::function<void(Recorder&, Recorder&)> prepare) {
  Pair pair{nullptr, std::make_shared<Recorder>(), std::make_shared<Recorder>()};
  if (prepare) prepare(*pair.near, *pair.far);
  on_loop(*far_loop, [&] { accept = [far = pair.far] { return far; }; });
  pair.link = connect(pair.near);
  EXPECT_TRUE(pair.near->wait_opened()) << pair.near->why();
  EXPECT_TRUE(pair.far->wait_opened());
  return pair;
}

bool LinkRig::send(Pair& pair, OutMessage message) {
  bool taken = false;
  on_loop(*near_loop, [&] { taken = pair.link->send(std::move(message)); });
  return taken;
}

bool LinkRig::send_back(Pair& pair, OutMessage message) {
  bool taken = false;
  on_loop(*far_loop, [&] { taken = pair.far->link && pair.far->link->send(std::move(message)); });
  return taken;
}

OutMessage numbered(std::uint64_t id, std::size_t bytes, std::size_t piece) {
  OutMessage message;
  message.header.type = MessageType::work;
  message.header.id = id;
  if (bytes == 0) return message;
  auto memory = std::make_shared<const std::vector<std::uint8_t>>(pattern(id, bytes));
  auto body = std::make_shared<Body>();
  for (std::size_t at = 0; at < bytes; at += piece) {
    body->append({std::span(*memory).subspan(at, std::min(piece, bytes - at)), memory});
  }
  message.body = std::move(body);
  return message;
}

bool is_numbered(const InMessage& message, std::size_t bytes) {
  const auto expected = pattern(message.header.id, bytes);
  return message.header.body_bytes == bytes && message.body.view.size() == bytes &&
         reinterpret_cast<std::uintptr_t>(message.body.view.data()) % 64 == 0 &&
         std::equal(expected.begin(), expected.end(), message.body.view.begin());
}

}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "tests/transport/link/link_rig.hpp"

namespace weir {
namespace {

using test::Recorder;
using testing::HasSubstr;

class LinkRules : public testing::Test {
 protected:
  Result<std::unique_ptr<Listener>> listen(const std::string& at, const LinkOptions& options = {}) {
    return loop_->listen(*parse_address(at), options, [] { return std::make_shared<Recorder>(); });
  }
  Status connect(const std::string& to, const LinkOptions& options = {}) {
    const auto events = std::make_shared<Recorder>();
    const auto link = loop_->connect(*parse_address(to), options, events);
    EXPECT_TRUE(events->wait_closed());
    return {events->code(), events->why()};
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<LinkLoop> loop_ = test::new_loop();
};

TEST_F(LinkRules, RefuseToListenInClearForOtherMachines) {
  for (const char* at : {"tcp://0.0.0.0:0", "tcp://[::]:0", "tcp://192.0.2.1:0", "tcp://worker.example.com:0"}) {
    const auto listener = listen(at);
    ASSERT_FALSE(listener) << at;
    EXPECT_EQ(listener.error().code, Code::invalid);
    EXPECT_THAT(listener.error().text, HasSubstr("tls://"));
    EXPECT_THAT(listener.error().text, HasSubstr("make-certs"));
  }
}

TEST_F(LinkRules, RefuseTlsWithoutAllFiles) {
  const TlsFiles files = test::make_certificates(folder_.path);
  for (std::string TlsFiles::*member : {&TlsFiles::certificate, &TlsFiles::key, &TlsFiles::authority}) {
    LinkOptions options;
    options.tls = files;
    (options.tls.*member).clear();
    for (const char* at : {"tls://0.0.0.0:0", "tls://127.0.0.1:0"}) {
      const auto listener = listen(at, options);
      ASSERT_FALSE(listener);
      EXPECT_EQ(listener.error().code, Code::invalid) << listener.error().text;
      EXPECT_THAT(listener.error().text, HasSubstr("not given"));
    }
    EXPECT_EQ(connect("tls://127.0.0.1:1", options).error().code, Code::invalid);
  }
  LinkOptions options;
  options.tls = files;
  EXPECT_TRUE(listen("tls://0.0.0.0:0", options));
}

TEST_F(LinkRules, NameTheFileThatIsMissingOrUnusable) {
  LinkOptions options;
  options.tls = test::make_certificates(folder_.path);
  options.tls.key = folder_.path / "absent.pem";
  auto listener = listen("tls://127.0.0.1:0", options);
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, Code::not_found);
  EXPECT_THAT(listener.error().text, HasSubstr("absent.pem"));
  std::ofstream(folder_.path / "absent.pem") << "no key";
  listener = listen("tls://127.0.0.1:0", options);
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, Code::invalid);
  EXPECT_THAT(listener.error().text, HasSubstr("absent.pem"));
  options.tls.key = folder_.path / "authority-key.pem";
  listener = listen("tls://127.0.0.1:0", options);
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().text, HasSubstr("key")) << "it belongs to another certificate";
}

TEST_F(LinkRules, RefuseToConnectInClearToOtherMachines) {
  const Status status = connect("tcp://192.0.2.1:4000");
  EXPECT_EQ(status.error().code, Code::invalid);
  EXPECT_THAT(status.error().text, HasSubstr("tls://192.0.2.1:4000"));
  EXPECT_THAT(connect("tcp://127.0.0.1:0").error().text, HasSubstr("port 0"));
}

TEST_F(LinkRules, SayThatAPortOrNameIsTaken) {
  const auto first = listen("tcp://127.0.0.1:0");
  ASSERT_TRUE(first);
  EXPECT_NE((*first)->address().port, 0);
  const auto second = listen((*first)->address().text());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().text, HasSubstr("another program listens there"));
  const std::string name = "inproc://" + folder_.path.string();
  const auto named = listen(name);
  ASSERT_TRUE(named);
  EXPECT_FALSE(listen(name));
}

TEST_F(LinkRules, FindLocalhostByName) {
  const auto listener = listen("tcp://localhost:0");
  ASSERT_TRUE(listener) << listener.error().text;
  const auto events = std::make_shared<Recorder>();
  const auto link = loop_->connect((*listener)->address(), {}, events);
  EXPECT_TRUE(events->wait_opened()) << events->why();
}

TEST_F(LinkRules, RefuseAnUnknownCongestionControl) {
  const auto listener = listen("tcp://127.0.0.1:0");
  ASSERT_TRUE(listener);
  LinkOptions options;
  options.congestion = "marvellous";
  EXPECT_THAT(connect((*listener)->address().text(), options).error().text, HasSubstr("marvellous"));
}

TEST_F(LinkRules, KeepAUnixSocketPrivateAndItsFileTidy) {
  const std::string path = folder_.path / "socket";
  struct stat facts {};
  {
    const auto listener = listen("unix:" + path);
    ASSERT_TRUE(listener);
    ASSERT_EQ(lstat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777u, 0600u);
    const auto second = listen("unix:" + path);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().text, HasSubstr("somebody listens there already"));
  }
  EXPECT_NE(lstat(path.c_str(), &facts), 0) << "the file is still there";
}

TEST_F(LinkRules, ReplaceOnlyASocketThatNobodyListensOn) {
  const std::string path = folder_.path / "socket";
  const int left = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  ASSERT_EQ(bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(left);
  EXPECT_TRUE(listen("unix:" + path));
  std::ofstream(path) << "somebody's file";
  const auto listener = listen("unix:" + path);
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().text, HasSubstr("no socket"));
  EXPECT_EQ(std::filesystem::file_size(path), 15u);
}

}  // namespace
}  // namespace weir

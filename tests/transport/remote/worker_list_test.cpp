// SPDX-License-Identifier: Apache-2.0
#include "transport/remote/worker_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/transport/remote/device.hpp"
#include "tests/transport/remote/echo_worker.hpp"

namespace weir::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> texts(const std::vector<Address>& workers) {
  std::vector<std::string> all;
  for (const Address& worker : workers) all.push_back(worker.text());
  return all;
}

TEST(WorkerLines, AreAddressesBlankLinesAndComments) {
  const auto lines = read_worker_lines("# site 7\n\n  tcp://127.0.0.1:7440 \t# the old one\r\nunix:/run/a#b\n\t\n#\n" +
                                           std::string("unix:@name\ntcp://127.0.0.1:7440"),
                                       {});
  EXPECT_THAT(texts(lines.workers), ElementsAre("tcp://127.0.0.1:7440", "unix:/run/a#b", "unix:@name"));
  EXPECT_THAT(lines.problems, IsEmpty());
  EXPECT_THAT(read_worker_lines("", {}).workers, IsEmpty());
}

TEST(WorkerLines, ABadOneLeavesTheOthersInForce) {
  const auto lines = read_worker_lines("unix:@a\nworker-1\nunix:@b\ntcp://127.0.0.1:0\n", {});
  EXPECT_THAT(texts(lines.workers), ElementsAre("unix:@a", "unix:@b"));
  ASSERT_EQ(lines.problems.size(), 2U);
  EXPECT_EQ(lines.problems[0].line, 2);
  EXPECT_THAT(lines.problems[0].text, AllOf(HasSubstr("\"worker-1\""), HasSubstr("tls://HOST:PORT")));
  EXPECT_EQ(lines.problems[1].line, 4);
  EXPECT_THAT(lines.problems[1].text, HasSubstr("port 0 is for listening"));
}

TEST(WorkerLines, OtherMachinesNeedTlsAndItsFiles) {
  const std::string text = "tcp://192.0.2.1:7440\ntls://192.0.2.1:7440\nnats://192.0.2.1:4222/a\n";
  const auto none = read_worker_lines(text, {});
  EXPECT_THAT(none.workers, IsEmpty());
  ASSERT_EQ(none.problems.size(), 3U);
  EXPECT_THAT(none.problems[0].text, HasSubstr("write tls://192.0.2.1:7440"));
  for (const auto& problem : none.problems) EXPECT_THAT(problem.text, HasSubstr("certificate, key and authority"));
  LinkOptions with_files;
  with_files.tls = {"device.pem", "device-key.pem", "authority.pem"};
  EXPECT_THAT(texts(read_worker_lines(text, with_files).workers),
              ElementsAre("tls://192.0.2.1:7440", "nats://192.0.2.1:4222/a"));
  with_files.nats_credentials = "/nowhere/login";
  const auto no_login = read_worker_lines(text, with_files);
  EXPECT_THAT(texts(no_login.workers), ElementsAre("tls://192.0.2.1:7440"));
  EXPECT_THAT(no_login.problems.back().text, HasSubstr("/nowhere/login"));
}

TEST(WorkerLines, AreAThousandAtMost) {
  std::string text;
  for (int i = 0; i < 1010; ++i) text += "unix:@" + std::to_string(i) + "\n";
  const auto lines = read_worker_lines(text, {});
  EXPECT_EQ(lines.workers.size(), 1000U);
  ASSERT_EQ(lines.problems.size(), 10U);
  EXPECT_EQ(lines.problems.front().line, 1001);
}

/// A list in a folder of its own.
class WorkerListFile : public testing::Test {
 protected:
  WorkerListFile() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-list-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder: " + name);
    folder_ = name;
    path_ = name + "/workers.txt";
  }
  ~WorkerListFile() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) const { std::ofstream(path_) << text; }
  WorkerList open() const {
    auto list = WorkerList::open(path_, {});
    if (!list) throw std::runtime_error(list.error().text);
    return *std::move(list);
  }
  /// Whether two looks, of which the second finds the file as the first did, tell of a change.
  static bool look_twice(WorkerList& list) {
    EXPECT_FALSE(list.look()) << "somebody may be writing";
    return list.look();
  }
  std::string name(int worker) const {
    return "unix:@weir-list-" + std::to_string(getpid()) + "-" +
           testing::UnitTest::GetInstance()->current_test_info()->name() + std::to_string(worker);
  }

  std::string folder_, path_;
};

TEST_F(WorkerListFile, IsReadAgainWhenItHasChangedAndRests) {
  write("unix:@a\n");
  WorkerList list = open();
  EXPECT_FALSE(list.look());
  EXPECT_FALSE(list.look());
  write("unix:@a\nunix:@b\n");
  EXPECT_TRUE(look_twice(list));
  EXPECT_THAT(texts(list.workers()), ElementsAre("unix:@a", "unix:@b"));
  write("unix:@a\nunix:@b\n# nothing new\n");
  EXPECT_FALSE(look_twice(list));
  write("");
  EXPECT_TRUE(look_twice(list));
  EXPECT_THAT(list.workers(), IsEmpty());
  EXPECT_THAT(list.take_warnings(), IsEmpty());
}

TEST_F(WorkerListFile, ThatIsReplacedIsReadAgain) {
  write("unix:@a\n");
  WorkerList list = open();
  list.look();
  std::ofstream(path_ + ".new") << "unix:@b\n";  // as long as the one before
  std::filesystem::last_write_time(path_ + ".new", std::filesystem::last_write_time(path_));
  std::filesystem::rename(path_ + ".new", path_);
  EXPECT_TRUE(look_twice(list));
  EXPECT_THAT(texts(list.workers()), ElementsAre("unix:@b"));
}

TEST_F(WorkerListFile, TellsOfABadLineOnce) {
  write("unix:@a\nworker-1\n");
  WorkerList list = open();
  EXPECT_THAT(list.take_warnings(),
              ElementsAre(AllOf(HasSubstr(path_ + ":2: "), HasSubstr("\"worker-1\""), HasSubstr("tls://HOST:PORT"))));
  write("unix:@a\n\nworker-1\nworker-2\nworker-2\n");
  EXPECT_FALSE(look_twice(list));
  EXPECT_THAT(list.take_warnings(), ElementsAre(HasSubstr(path_ + ":4: ")));
  write("unix:@a\n");
  look_twice(list);
  write("worker-1\nunix:@a\n");
  EXPECT_FALSE(look_twice(list));
  EXPECT_THAT(list.take_warnings(), ElementsAre(HasSubstr(path_ + ":1: "))) << "it was right in between";
}

TEST_F(WorkerListFile, MustBeThereAtFirstAndIsRememberedLater) {
  const auto missing = WorkerList::open(path_, {});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().text, AllOf(HasSubstr(path_), HasSubstr("one worker's address per line")));
  EXPECT_FALSE(WorkerList::open(folder_, {})) << "a folder";
  ASSERT_EQ(mkfifo((folder_ + "/pipe").c_str(), 0600), 0);
  EXPECT_FALSE(WorkerList::open(folder_ + "/pipe", {})) << "must not wait for a writer";

  write("unix:@a\n");
  WorkerList list = open();
  list.look();
  std::filesystem::remove(path_);
  EXPECT_FALSE(look_twice(list));
  EXPECT_FALSE(list.look());
  EXPECT_THAT(texts(list.workers()), ElementsAre("unix:@a"));
  EXPECT_THAT(list.take_warnings(), ElementsAre(AllOf(HasSubstr(path_), HasSubstr("going on with the 1 worker"))));
  write("unix:@b\n");
  EXPECT_TRUE(look_twice(list));
}

TEST_F(WorkerListFile, MayNotBeHuge) {
  write(std::string((1 << 20) + 1, '\n'));
  const auto huge = WorkerList::open(path_, {});
  ASSERT_FALSE(huge);
  EXPECT_THAT(huge.error().text, HasSubstr("more than 1048576 bytes"));
}

CloudClientOptions patient(WorkerList list) {
  CloudClientOptions options;
  options.list = std::move(list);
  options.dispatch.first_service = seconds(1);
  options.dispatch.least_attempt = seconds(10);
  return options;
}

TEST_F(WorkerListFile, WhoIsGoneMayAnswerWhatItHas) {
  EchoWork slow(seconds(2)), quick(milliseconds(1));
  const auto first = start_echo(*parse_address(name(0)), slow), second = start_echo(*parse_address(name(1)), quick);
  write(name(0) + "\n");
  Device device({}, patient(open()));
  ASSERT_TRUE(device.client->wait_for_worker(0, seconds(10)));
  CloudAnswer answer;
  std::thread asks([&] { answer = device.ask(seconds(20)); });
  EXPECT_TRUE(eventually([&] { return slow.calls == 1; }));
  write(name(1) + "\n");
  EXPECT_TRUE(eventually([&] { return device.client->workers().size() == 2 && device.worker(1).connected; }));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(device.ask(seconds(20)).worker, 1) << "nothing new for who is gone";
  asks.join();
  EXPECT_EQ(answer.ending, Ending::result);
  EXPECT_EQ(answer.worker, 0);
  EXPECT_TRUE(eventually([&] { return !device.worker(0).connected; }));
  EXPECT_EQ(device.worker(0).results, 1U) << "it keeps its line in the report";
  EXPECT_EQ(slow.calls, 1);
}

TEST_F(WorkerListFile, WhoIsGoneWorksOnUntilTheFirstNewOneIsThere) {
  EchoWork work(milliseconds(1));
  const auto first = start_echo(*parse_address(name(0)), work);
  write(name(0) + "\n");
  CloudClientOptions options = patient(open());
  options.link.connect_timeout = seconds(60);
  std::atomic<bool> changed{false};
  options.warn = [&](const std::string& text) {
    if (text == path_ + " has changed: workers added 1, gone 1") changed = true;
  };
  Device device({}, std::move(options));
  ASSERT_TRUE(device.client->wait_for_worker(0, seconds(10)));
  write(name(1) + "\n");
  EXPECT_TRUE(eventually([&] { return changed.load(); }));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(device.ask(seconds(20)).worker, 0);
  const auto second = start_echo(*parse_address(name(1)), work);
  EXPECT_TRUE(eventually([&] { return device.worker(1).connected && !device.worker(0).connected; }));
  EXPECT_EQ(device.ask(seconds(20)).worker, 1);
}

TEST_F(WorkerListFile, WhoComesBackHasItsOldNumber) {
  EchoWork work(milliseconds(1));
  const auto first = start_echo(*parse_address(name(0)), work), second = start_echo(*parse_address(name(1)), work);
  write(name(0) + "\n" + name(1) + "\n");
  Device device({}, patient(open()));
  EXPECT_TRUE(eventually([&] { return device.worker(0).connected && device.worker(1).connected; }));
  write(name(1) + "\n");
  EXPECT_TRUE(eventually([&] { return !device.worker(0).connected; }));
  EXPECT_EQ(device.ask(seconds(20)).worker, 1);
  write(name(0) + "\n");
  EXPECT_TRUE(eventually([&] { return device.worker(0).connected && !device.worker(1).connected; }));
  EXPECT_EQ(device.ask(seconds(20)).worker, 0);
  EXPECT_EQ(device.client->workers().size(), 2U);
}

TEST_F(WorkerListFile, WhoIsAmongTheOptionsStays) {
  EchoWork work(milliseconds(1));
  const auto first = start_echo(*parse_address(name(0)), work), second = start_echo(*parse_address(name(1)), work);
  write(name(0) + "\n" + name(1) + "\n");
  Device device({*parse_address(name(0))}, patient(open()));
  EXPECT_TRUE(eventually([&] { return device.worker(0).connected && device.worker(1).connected; }));
  write("");
  EXPECT_TRUE(eventually([&] { return !device.worker(1).connected; }));
  EXPECT_TRUE(device.worker(0).connected);
  EXPECT_EQ(device.ask(seconds(20)).worker, 0);
}

}  // namespace
}  // namespace weir::test

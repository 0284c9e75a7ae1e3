// SPDX-License-Identifier: Apache-2.0
#include "bench/cloud/worker_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <utility>
#include <vector>

#include "transport/remote/worker_server.hpp"

namespace weir::bench {
namespace {

constexpr const char* kWorkerFlag = "--worker";

/// Sleeps over each request, so that many workers fit on few cores.
class SleepyWork final : public WorkHandler {
 public:
  explicit SleepyWork(int service_ms) : service_(service_ms) {}
  Status work(const WorkRequest&, BodyWriter& outputs) override {
    std::this_thread::sleep_for(service_);
    outputs.begin_array(1).binary({*answer_, answer_});
    return {};
  }

 private:
  const std::chrono::milliseconds service_;
  const std::shared_ptr<const std::vector<std::uint8_t>> answer_ = std::make_shared<std::vector<std::uint8_t>>(2000);
};

/// The first number after `key` in /proc/PID/status.
std::uint64_t status_number(pid_t pid, const std::string& key) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    std::uint64_t number = 0;
    if (word == key && status >> number) return number;
  }
  return 0;
}

}  // namespace

void be_worker_if_asked(int argc, char** argv) {
  if (argc != 8 || std::string(argv[1]) != kWorkerFlag) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto address = parse_address(argv[2]);
  if (!address) std::exit(2);
  SleepyWork work(std::atoi(argv[3]));
  WorkerServerOptions options;
  options.listen = {*address};
  options.services = {kWork};
  options.link.tls = {argv[4], argv[5], argv[6]};
  options.link.congestion = argv[7];
  const auto server = WorkerServer::start(std::move(options), work);
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().text.c_str());
    std::exit(1);
  }
  std::printf("%s\n", (*server)->addresses().front().text().c_str());
  std::fflush(stdout);
  for (;;) pause();
}

void allow_many_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<WorkerProcess> WorkerProcess::start(const WorkerProcessOptions& options) {
  std::vector<std::string> words{
      "/proc/self/exe",        kWorkerFlag,     options.listen,        std::to_string(options.service_ms),
      options.tls.certificate, options.tls.key, options.tls.authority, options.congestion};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail(Code::unavailable, "no pipe for a worker process");
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(ends[1]);
  std::string line;
  for (char c = 0; pid > 0 && read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
  close(ends[0]);
  if (pid < 0) return fail(Code::unavailable, "no worker process");
  WorkerProcess worker(pid, Address());
  auto address = parse_address(line);
  if (!address) return fail(Code::unavailable, "a worker process does not start: " + address.error().text);
  worker.address_ = std::move(*address);
  return worker;
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), address_(std::move(other.address_)) {}

WorkerProcess::~WorkerProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void WorkerProcess::signal(int number) const { kill(pid_, number); }

std::uint64_t WorkerProcess::resident_bytes() const { return 1024 * status_number(pid_, "VmRSS:"); }

int WorkerProcess::threads() const { return static_cast<int>(status_number(pid_, "Threads:")); }

}  // namespace weir::bench

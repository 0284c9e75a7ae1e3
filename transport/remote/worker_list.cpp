// SPDX-License-Identifier: Apache-2.0
#include "transport/remote/worker_list.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "transport/link/link_rules.hpp"
#include "transport/link/nats/nats_login.hpp"

namespace weir {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kMostWorkers = 1000;
constexpr std::size_t kMostProblems = 20;
constexpr const char* kBlank = " \t\r\v\f";

std::string_view without_comment(std::string_view line) {
  std::size_t mark = line.find('#');
  while (mark != std::string_view::npos && mark > 0 && std::strchr(kBlank, line[mark - 1]) == nullptr) {
    mark = line.find('#', mark + 1);
  }
  line = line.substr(0, mark);
  const std::size_t first = line.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

Status check_worker(const Address& worker, const LinkOptions& rules) {
  if (Status allowed = may_connect(worker, rules); !allowed) return allowed;
  return worker.scheme == Scheme::nats ? check_nats_login(rules.nats_credentials) : Status{};
}

bool contains(const std::vector<Address>& workers, const Address& worker) {
  return std::find(workers.begin(), workers.end(), worker) != workers.end();
}

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  const int number_;
};

Result<std::string> text_of(const std::string& path) {
  const auto failed = [&](const std::string& why) {
    return fail(Code::not_found, path + " cannot be read: " + why + "; it must hold one worker's address per line");
  };
  // Of a pipe, neither opening nor reading may wait.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts {};
  if (file.get() < 0 || ::fstat(file.get(), &facts) != 0) return failed(std::strerror(errno));
  if (!S_ISREG(facts.st_mode)) return failed("it is no regular file");
  std::string text(kMostBytes + 1, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(std::strerror(errno));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  if (filled > kMostBytes) return failed("it has more than " + std::to_string(kMostBytes) + " bytes");
  text.resize(filled);
  return text;
}

}  // namespace

WorkerLines read_worker_lines(std::string_view text, const LinkOptions& rules) {
  WorkerLines lines;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_comment(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const auto worker = parse_address(line);
    Status status = worker ? check_worker(*worker, rules) : Status(worker.error());
    if (status && !contains(lines.workers, *worker)) {
      if (lines.workers.size() < kMostWorkers) {
        lines.workers.push_back(*worker);
      } else {
        status = {Code::invalid, "is one too many: a file may name " + std::to_string(kMostWorkers) + " workers"};
      }
    }
    if (!status && lines.problems.size() < kMostProblems) lines.problems.push_back({number, status.error().text});
  }
  return lines;
}

WorkerList::Stamp WorkerList::stamp_of(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return {};
  return {true,
          facts.st_dev,
          facts.st_ino,
          facts.st_size,
          facts.st_mtim.tv_sec,
          facts.st_mtim.tv_nsec,
          facts.st_ctim.tv_sec,
          facts.st_ctim.tv_nsec};
}

Result<WorkerList> WorkerList::open(std::string path, LinkOptions rules) {
  WorkerList list(std::move(path), std::move(rules));
  list.seen_ = stamp_of(list.path_);
  const auto text = text_of(list.path_);
  if (!text) return fail(text.error());
  list.take(*text);
  return list;
}

bool WorkerList::look() {
  const Stamp stamp = stamp_of(path_);
  const bool settled = std::exchange(seen_, stamp) == stamp;
  if (!settled || taken_ == stamp) return false;
  taken_ = stamp;
  const auto text = text_of(path_);
  if (!text) {
    warnings_.push_back(text.error().text + "; going on with the " + std::to_string(workers_.size()) +
                        " workers that it named");
    return false;
  }
  const std::vector<Address> before = workers_;
  take(*text);
  return workers_ != before;
}

void WorkerList::take(std::string_view text) {
  WorkerLines lines = read_worker_lines(text, rules_);
  for (auto problem = lines.problems.begin(); problem != lines.problems.end(); ++problem) {
    const auto same = [&](const WorkerLines::Problem& other) { return other.text == problem->text; };
    if (std::any_of(problems_.begin(), problems_.end(), same)) continue;
    if (std::any_of(lines.problems.begin(), problem, same)) continue;
    warnings_.push_back(path_ + ":" + std::to_string(problem->line) + ": " + problem->text +
                        "; the other lines are used");
  }
  workers_ = std::move(lines.workers);
  problems_ = std::move(lines.problems);
}

std::vector<std::string> WorkerList::take_warnings() { return std::exchange(warnings_, {}); }

}  // namespace weir

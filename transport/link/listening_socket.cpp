// SPDX-License-Identifier: Apache-2.0
#include "transport/link/listening_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace weir {
namespace {

constexpr int kBacklog = 1024;

std::string system_text() { return std::generic_category().message(errno); }

int open_socket(int family) { return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

/// Removes a socket's file that nobody listens on; an error when somebody does, or when it is no socket.
Status clear_path(const Address& at, const StreamEndpoint& endpoint) {
  struct stat facts {};
  if (lstat(at.name.c_str(), &facts) != 0) return {};
  if (!S_ISSOCK(facts.st_mode)) {
    return {Code::invalid, at.text() + ": there is a file that is no socket; remove it or choose another path"};
  }
  const int probe = open_socket(AF_UNIX);
  if (probe < 0) return {Code::unavailable, at.text() + ": no socket: " + system_text()};
  const bool refused =
      connect(probe, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  if (!refused) return {Code::unavailable, at.text() + ": somebody listens there already; choose another path"};
  if (unlink(at.name.c_str()) != 0 && errno != ENOENT) {
    return {Code::unavailable, at.text() + ": the file nobody listens on cannot be removed: " + system_text()};
  }
  return {};
}

std::string advice(int error) {
  switch (error) {
    case EADDRINUSE:
      return "; another program listens there: end it, or choose another port (0 takes a free one)";
    case EADDRNOTAVAIL:
      return "; no interface of this machine has that address";
    case EACCES:
      return "; ports below 1024 and foreign directories need rights that this program has not";
    case ENOENT:
      return "; its directory does not exist";
    default:
      return "";
  }
}

}  // namespace

Result<ListeningSocket> ListeningSocket::open(const Address& at, const StreamEndpoint& endpoint) {
  const bool has_file = at.scheme == Scheme::unix_socket && at.name[0] == '/';
  if (has_file) {
    if (Status status = clear_path(at, endpoint); !status) return fail(status.error());
  }
  ListeningSocket made(open_socket(endpoint.data()->sa_family), {});
  if (made.socket_ < 0) return fail(Code::unavailable, at.text() + ": no socket: " + system_text());
  if (at.scheme == Scheme::unix_socket) {
    fchmod(made.socket_, 0600);  // the file is made with the mode of the socket: at no time may others connect
  } else {
    const int yes = 1;
    setsockopt(made.socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  }
  if (bind(made.socket_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) {
    const int error = errno;
    return fail(Code::unavailable,
                "cannot listen at " + at.text() + ": " + std::generic_category().message(error) + advice(error));
  }
  if (has_file) {
    made.path_ = at.name;
    made.remember_file();
    if (chmod(at.name.c_str(), 0600) != 0) {
      return fail(Code::unavailable, at.text() + ": its mode cannot be set to 0600: " + system_text());
    }
  }
  if (listen(made.socket_, kBacklog) != 0) {
    return fail(Code::unavailable, "cannot listen at " + at.text() + ": " + system_text());
  }
  return made;
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

ListeningSocket::~ListeningSocket() {
  if (socket_ >= 0) ::close(socket_);
  struct stat facts {};
  if (!path_.empty() && lstat(path_.c_str(), &facts) == 0 && facts.st_dev == device_ && facts.st_ino == inode_) {
    unlink(path_.c_str());
  }
}

void ListeningSocket::remember_file() {
  struct stat facts {};
  if (lstat(path_.c_str(), &facts) != 0) return;
  device_ = facts.st_dev;
  inode_ = facts.st_ino;
}

StreamEndpoint ListeningSocket::endpoint() const {
  StreamEndpoint endpoint;
  auto bytes = static_cast<socklen_t>(endpoint.capacity());
  if (getsockname(socket_, endpoint.data(), &bytes) == 0) endpoint.resize(bytes);
  return endpoint;
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace weir {

/// What kind of failure an Error is; the command line maps it to an exit code.
enum class Code {
  invalid,      ///< A value the user gave is wrong (launch file, option, parameter): exit 2.
  not_found,    ///< An input is missing or cannot be read: exit 3.
  unavailable,  ///< A device, port or peer cannot be reached now.
  corrupt,      ///< Data was read but does not parse, or its hash or version is wrong.
  io,           ///< Writing or reading failed half way (disk full, broken pipe).
  unsupported,  ///< Valid, but this build or machine cannot do it.
  stopped,      ///< The run is stopping; not a fault.
  internal,     ///< Our own bug.
};

std::string_view to_string(Code code);

/// One failure: its kind and one text that names what failed, the value seen, the value wanted and the next step.
struct Error {
  Code code = Code::internal;
  std::string text;
};

/// Success, or one Error. Thread-compatible.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : ok_(false), error_(std::move(error)) {}  // NOLINT: errors convert on return
  Status(Code code, std::string text) : ok_(false), error_{code, std::move(text)} {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const { return error_; }

 private:
  bool ok_ = true;
  Error error_;
};

/// A value, or one Error.
template <typename T>
using Result = tl::expected<T, Error>;

/// An Error as the failing half of any Result.
inline tl::unexpected<Error> fail(Code code, std::string text) {
  return tl::unexpected<Error>(Error{code, std::move(text)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace weir

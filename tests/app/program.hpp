// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace weir::test {

/// How a program ended and all it said.
struct Finished {
  int exit = -1;  ///< exit code; 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

/// A program that runs beside the test, in the project's root, with both outputs in pipes. Thread-compatible.
class Program {
 public:
  /// Starts build/.../pipeline with these arguments.
  static Program pipeline(const std::vector<std::string>& arguments);

  /// Starts any program.
  explicit Program(std::vector<std::string> command);
  ~Program();
  Program(Program&& other) noexcept;

  /// Blocks until standard error holds `text` or the program ended; returns whether it does.
  bool wait_for_error_text(const std::string& text);
  const std::string& error_text() const { return err_; }

  void signal(int number) const;

  /// Blocks until the program ended.
  Finished wait();

 private:
  bool read_some();

  pid_t pid_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  std::string out_;
  std::string err_;
};

/// Runs the pipeline program to its end.
inline Finished run_pipeline(const std::vector<std::string>& arguments) { return Program::pipeline(arguments).wait(); }

/// A fresh folder of the running test, removed with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  /// The path of a file inside.
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  /// Writes a file inside and returns its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::string& path);

/// The folder of the reference data: WEIR_DATA, or ../shared/data beside the project; empty where it is absent.
std::string data_folder();

}  // namespace weir::test

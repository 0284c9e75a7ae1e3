// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "pipeline/launch_file.hpp"
#include "pipeline/runtime.hpp"
#include "tests/conformance/script.hpp"

namespace weir::test {

/// Runs small graphs of test stages on a manual clock.
class Conformance : public testing::Test {
 protected:
  ~Conformance() override {
    runtime_.reset();  // before the script its stages use
  }

  /// Builds and starts a graph from launch-file text.
  void start(const std::string& yaml, RunOptions options = {}) {
    auto spec = parse_launch(yaml, registry_);
    ASSERT_TRUE(spec) << format_diagnostics("test", spec.error());
    options.warn = [this](std::string text) {
      {
        const std::lock_guard lock(mutex_);
        warnings_.push_back(std::move(text));
      }
      script_.poke();
    };
    auto runtime = Runtime::create(std::move(*spec), options, clock_);
    ASSERT_TRUE(runtime) << runtime.error().text;
    runtime_ = std::move(*runtime);
    const Status status = runtime_->start();
    ASSERT_TRUE(status) << status.error().text;
  }

  /// Waits for the end and returns the report; the ledger must balance.
  RunReport finish() {
    const Status status = runtime_->wait();
    EXPECT_TRUE(status) << status.error().text;
    RunReport report = runtime_->snapshot();
    EXPECT_EQ(report.frames.in, report.frames.accounted());
    return report;
  }

  RunReport run(const std::string& yaml, RunOptions options = {}) {
    start(yaml, std::move(options));
    return finish();
  }

  bool warned(std::string_view part) {
    const std::lock_guard lock(mutex_);
    return std::any_of(warnings_.begin(), warnings_.end(),
                       [&](const std::string& text) { return text.find(part) != std::string::npos; });
  }

  Script script_;
  Registry registry_ = test_registry();
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  std::unique_ptr<Runtime> runtime_;
  std::mutex mutex_;
  std::vector<std::string> warnings_;
};

}  // namespace weir::test

// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/script.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace weir::test {

namespace {
Script* current_script = nullptr;
constexpr auto kBound = std::chrono::seconds(30);
}  // namespace

Script::Script() { current_script = this; }
Script::~Script() { current_script = nullptr; }
Script& Script::current() { return *current_script; }

void Script::hold(const std::string& stage) {
  const std::lock_guard lock(mutex_);
  states_[stage].held = true;
}

void Script::pass(const std::string& stage, int frames) {
  const std::lock_guard lock(mutex_);
  states_[stage].tickets += frames;
  changed_.notify_all();
}

void Script::release(const std::string& stage) {
  const std::lock_guard lock(mutex_);
  states_[stage].held = false;
  changed_.notify_all();
}

void Script::await(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  ASSERT_TRUE(changed_.wait_for(lock, kBound, condition)) << "what the test waits for never happened";
}

void Script::poke() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Script::await_begun(const std::string& stage, int calls) {
  await([&] { return states_[stage].begun >= calls; });
}

void Script::await_done(const std::string& stage, int calls) {
  await([&] { return states_[stage].done >= calls; });
}

std::vector<std::int64_t> Script::seen(const std::string& stage) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(stage);
  return found == states_.end() ? std::vector<std::int64_t>{} : found->second.seen;
}

int Script::begun(const std::string& stage) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(stage);
  return found == states_.end() ? 0 : found->second.begun;
}

int Script::most_at_once(const std::string& stage) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(stage);
  return found == states_.end() ? 0 : found->second.most;
}

bool Script::enter(const std::string& stage, const std::function<bool()>& give_up) {
  std::unique_lock lock(mutex_);
  State& state = states_[stage];
  ++state.begun;
  state.most = std::max(state.most, ++state.running);
  changed_.notify_all();
  // A stopping run does not tell the script, so what may give up looks now and then.
  while (state.held && state.tickets == 0 && !give_up()) changed_.wait_for(lock, std::chrono::milliseconds(5));
  if (state.held && state.tickets == 0) return false;
  if (state.held) --state.tickets;
  return true;
}

void Script::leave(const std::string& stage) {
  const std::lock_guard lock(mutex_);
  --states_[stage].running;
  ++states_[stage].done;
  changed_.notify_all();
}

void Script::note(const std::string& stage, std::int64_t value) {
  const std::lock_guard lock(mutex_);
  states_[stage].seen.push_back(value);
}

}  // namespace weir::test

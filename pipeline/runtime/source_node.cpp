// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/source_node.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace weir {

namespace {

// A recording played in real time is decoded ahead of its pace. That has time until the next frame is due; the frame
// under way has not, and should not share its core.
void yield_to_work_in_flight() {
  constexpr int kLower = 10;  // than what the program was started with
  const auto thread = static_cast<id_t>(gettid());
  setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kLower);
}

}  // namespace

SourceNode::SourceNode(tbb::flow::graph& graph, RunState& run, std::size_t index, StreamId stream, Ledger& ledger)
    : graph_(graph),
      run_(run),
      ledger_(ledger),
      stream_(stream),
      core_{&run, &run.spec.stages[index], run.spec.stages[index].make_stage(), {}},
      held_back_(run.replaying() || (!run.options.realtime && !core_.spec->info->execution.live)),
      stored_(run.recording && core_.spec->info->execution.live),
      error_reason_(Reason::intern("error:" + core_.spec->name)) {
  for (const PortInfo& port : core_.spec->info->outputs) {
    core_.pools.push_back(port.make_pool());
    outputs_.push_back(std::make_unique<OutputPort>(graph));
  }
}

Status SourceNode::prepare() {
  call_ = std::make_unique<Activation>(core_);
  if (!stored_) return {};
  const std::string& folder = run_.replaying() ? run_.options.replay_dir : run_.options.record_dir;
  auto store = FrameStore::open(folder + "/frames-" + core_.spec->name + ".bin", run_.replaying());
  if (!store) return Status(store.error());
  store_ = std::move(*store);
  return {};
}

void SourceNode::start() {
  graph_.reserve_wait();
  thread_ = std::thread([this] {
    if (run_.options.realtime && !core_.spec->info->execution.live) yield_to_work_in_flight();
    loop();
    graph_.release_wait();
  });
}

void SourceNode::join() {
  if (thread_.joinable()) thread_.join();
}

Status SourceNode::close_store() { return store_ ? store_->close() : Status(); }

void SourceNode::on_room() noexcept {
  {
    const std::lock_guard lock(mutex_);
    ++room_signals_;
  }
  room_.notify_all();
}

bool SourceNode::may_go_on(std::uint64_t frame) const {
  if (run_.stopping.load()) return false;
  if (run_.replaying()) return run_.recording->source(stream_, frame).has_value();
  return !run_.options.frames || frame < *run_.options.frames;
}

void SourceNode::loop() {
  std::uint64_t frame = 0;
  while (may_go_on(frame) && one_frame(frame)) ++frame;
  if (run_.recorded()) run_.recording->note_end(stream_, frame);
  for (const auto& port : outputs_) port->send(Token::end(stream_, frame));
  ended_.store(true);
}

bool SourceNode::wait_for_room() {
  for (;;) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = room_signals_;
    }
    if (run_.stopping.load()) return false;
    if (reserve_all(outputs_, stream_)) return true;
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return room_signals_ != seen || run_.stopping.load(); });
  }
}

Status SourceNode::make_frame() {
  call_->begin({.stream = stream_, .frame = 0});
  if (stored_ && run_.replaying()) return read_stored();
  const TimePoint start = run_.clock->now();
  Status status = call_->run();
  counters_.busy.add(run_.clock->now() - start);
  counters_.calls.fetch_add(1, std::memory_order_relaxed);
  return status;
}

Status SourceNode::read_stored() {
  Frame* frame = call_->emit_frame();
  if (!frame) return {Code::unsupported, "puts no frames, and only frames are kept in a recording"};
  Result<Reason> dropped = store_->read(*frame);
  if (!dropped) return Status(dropped.error());
  if (*dropped != Reasons::none) drop_all(*dropped);
  return {};
}

bool SourceNode::one_frame(std::uint64_t frame) {
  has_credits_ = false;
  if (held_back_) {
    if (!wait_for_room()) return false;
    has_credits_ = true;
  }
  const Status status = make_frame();
  const bool over = !status || call_->ended();
  if (!status && status.error().code != Code::stopped) {
    counters_.note_error(status.error().text);
    run_.fail_run({status.error().code, "stage " + core_.spec->name + ": " + status.error().text});
    if (core_.spec->stop_on_error) run_.request_stop();
  }
  if (over || !stamp_and_pace(frame)) {
    if (has_credits_) {
      for (const auto& port : outputs_) port->unreserve(stream_);
    }
    call_->release();
    return false;
  }
  send(frame);
  return true;
}

bool SourceNode::stamp_and_pace(std::uint64_t frame) {
  Stamp& stamp = call_->mutable_stamp();
  stamp.frame = frame;
  stamp.trace = derive_seed(run_.options.seed, core_.spec->name) + frame;
  stamp.entered = run_.clock->now();
  if (run_.replaying()) {
    const SourceDecision decision = *run_.recording->source(stream_, frame);
    stamp.capture = decision.capture;
    stamp.deadline = decision.deadline;
    if (decision.gap != Reasons::none) drop_all(decision.gap);
    return true;
  }
  if (!run_.options.realtime) {
    // The recording's own time: two runs stamp their frames alike.
    stamp.capture = TimePoint(call_->media_time());
    return true;
  }
  stamp.capture = stamp.entered;
  if (!core_.spec->info->execution.live && !wait_for_due_time(stamp)) return false;
  if (run_.spec.deadline) stamp.deadline = stamp.capture + *run_.spec.deadline;
  return true;
}

bool SourceNode::wait_for_due_time(Stamp& stamp) {
  if (!first_capture_) {
    first_capture_ = stamp.entered;
    first_media_ = call_->media_time();
  }
  stamp.capture = *first_capture_ + (call_->media_time() - first_media_);
  if (!run_.clock->wait_until(stamp.capture, [this] { return run_.stopping.load(); })) return false;
  stamp.entered = run_.clock->now();
  return true;
}

void SourceNode::drop_all(Reason reason) {
  call_->set_drop(reason);
  call_->discard_outputs();
}

void SourceNode::send(std::uint64_t frame) {
  if (call_->dropped() != Reasons::none) call_->discard_outputs();
  call_->seal();
  const Stamp stamp = call_->stamp();
  // Its truth counts even when the frame finds no room: an answer was due.
  const Packet made = outputs_.empty() ? Packet{} : call_->output_at(0);
  if (call_->dropped() == Reasons::none && !has_credits_) {
    has_credits_ = reserve_all(outputs_, stream_);
    if (!has_credits_) drop_all(Reasons::source_busy);
  }
  if (run_.recorded()) {
    run_.recording->note_source(stream_, frame, {stamp.capture, stamp.deadline, call_->dropped()});
    if (stored_) store_->write(call_->output_at(0).get<Frame>(), call_->dropped());
  }
  const Reason missing = call_->dropped() != Reasons::none ? call_->dropped() : Reasons::no_output;
  ledger_.frame_in(stamp, made);
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (call_->output_at(i)) {
      outputs_[i]->send(Token::of(call_->output_at(i), stream_, frame));
    } else {
      if (has_credits_) outputs_[i]->unreserve(stream_);
      outputs_[i]->send(Token::gap(stream_, frame, frame, missing));
    }
  }
  call_->release();
}

}  // namespace weir

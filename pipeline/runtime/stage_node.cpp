// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/stage_node.hpp"

#include <algorithm>
#include <limits>

namespace weir {

namespace {

constexpr std::uint64_t kShownErrors = 5;  // per stage; the rest is counted

int calls_at_once(const StageSpec& spec) {
  switch (spec.info->execution.concurrency) {
    case Concurrency::serial:
      return 1;
    case Concurrency::serial_per_stream:
      return std::numeric_limits<int>::max();
    case Concurrency::parallel:
      return std::max(1, spec.parallel);
  }
  return 1;
}

}  // namespace

StageNode::StageNode(tbb::flow::graph& graph, RunState& run, std::size_t index, Alarm& alarm)
    : graph_(graph),
      run_(run),
      index_(index),
      alarm_(alarm),
      limit_(calls_at_once(run.spec.stages[index])),
      error_reason_(Reason::intern("error:" + run.spec.stages[index].name)),
      threads_([this](Activation* call) {
        execute(call);
        graph_.release_wait();
      }) {
  core_.run = &run;
  core_.spec = &run.spec.stages[index];
  core_.stage = core_.spec->make_stage();
  for (const PortInfo& port : core_.spec->info->outputs) {
    core_.pools.push_back(port.make_pool());
    outputs_.push_back(std::make_unique<OutputPort>(graph));
  }
  // The node itself never queues: pump() starts no more calls than may run, so a call is spawned at once.
  body_ =
      std::make_unique<tbb::flow::function_node<Activation*>>(graph, tbb::flow::unlimited, [this](Activation* call) {
        execute(call);
        return tbb::flow::continue_msg{};
      });
}

StageNode::~StageNode() { stop(); }

void StageNode::add_input(std::size_t port, StreamId stream, std::unique_ptr<StreamInput> input) {
  if (stream >= streams_by_id_.size()) streams_by_id_.resize(stream + 1, nullptr);
  if (!streams_by_id_[stream]) {
    streams_.push_back(std::make_unique<Stream>());
    streams_.back()->id = stream;
    streams_.back()->inputs.resize(input_count());
    streams_by_id_[stream] = streams_.back().get();
  }
  all_inputs_.push_back(input.get());
  streams_by_id_[stream]->inputs[port] = std::move(input);
}

void StageNode::start() {
  const bool per_stream = core_.spec->info->execution.concurrency == Concurrency::serial_per_stream;
  const std::size_t calls = per_stream ? streams_.size() : static_cast<std::size_t>(limit_);
  // Twice as many as may run: one that is done may have to wait for an earlier frame before it can be sent.
  const std::size_t objects = 2 * calls * static_cast<std::size_t>(std::max(1, core_.spec->batch));
  for (std::size_t i = 0; i < objects; ++i) {
    calls_.push_back(std::make_unique<Activation>(core_));
    idle_.push_back(calls_.back().get());
  }
  for (const auto& stream : streams_) stream->done.reserve(objects + 4);
  freed_.reserve(all_inputs_.size());
  batch_.reserve(static_cast<std::size_t>(std::max(1, core_.spec->batch)));
  if (core_.spec->info->execution.blocking) threads_.start(calls, objects);
}

void StageNode::stop() {
  // Orders all that calls did before what closes the stage. The graph has waited for them, but in a library whose
  // synchronisation the thread sanitizer does not see.
  [[maybe_unused]] const auto none = running_.load();
  threads_.stop();
}

bool StageNode::ended() const {
  return std::all_of(streams_.begin(), streams_.end(), [](const auto& stream) { return stream->done.ended(); });
}

void StageNode::accept(std::size_t port, const Token& token) noexcept {
  streams_by_id_[token.stream]->inputs[port]->accept(token);
  pump();
}

void StageNode::pump() noexcept {
  if (pump_requests_.fetch_add(1) > 0) return;
  int seen = 1;
  do {
    pump_once();
    seen = pump_requests_.fetch_sub(seen) - seen;
  } while (seen > 0);
}

void StageNode::pump_once() {
  const std::size_t count = streams_.size();
  for (bool progress = true; progress;) {
    progress = false;
    for (std::size_t i = 0; i < count; ++i) {
      progress = advance(*streams_[(first_stream_ + i) % count]) || progress;
    }
    first_stream_ = count > 0 ? (first_stream_ + 1) % count : 0;
  }
  if (batch_is_due()) launch_batch();
  notify_producers();
}

bool StageNode::advance(Stream& stream) {
  if (stream.ended) return false;
  bool required_gap = false;
  bool any_packet = false;
  bool end = false;
  for (std::size_t port = 0; port < stream.inputs.size(); ++port) {
    StreamInput* input = stream.inputs[port].get();
    if (!input || input->feedback()) continue;
    const auto kind = input->look(stream.next);
    if (!kind) return false;
    end = end || kind == Token::Kind::end;
    any_packet = any_packet || kind == Token::Kind::packet;
    required_gap = required_gap || (kind == Token::Kind::gap && !core_.spec->info->inputs[port].optional);
  }
  if (end) {
    stream.ended = true;
    stream.done.add({.first = stream.next, .last = stream.next, .call = nullptr, .reason = {}, .end = true});
    send_in_order(stream);
    return false;
  }
  if (required_gap || !any_packet || must_stop(stream)) {
    skip_frame(stream);
    return true;
  }
  return feedback_is_there(stream) && may_start(stream) && start_call(stream);
}

bool StageNode::must_stop(const Stream& stream) {
  if (run_.replaying()) return run_.recording->stopped(index_, stream.id, stream.next);
  if (!run_.aborting.load(std::memory_order_relaxed)) return false;
  if (run_.recorded()) run_.recording->note_stopped(index_, stream.id, stream.next);
  return true;
}

bool StageNode::feedback_is_there(Stream& stream) {
  return std::all_of(stream.inputs.begin(), stream.inputs.end(),
                     [&](const auto& input) { return !input || !input->feedback() || input->look(stream.next); });
}

bool StageNode::may_start(const Stream& stream) const {
  if (running_.load() >= limit_) return false;
  const bool one_per_stream = core_.spec->info->execution.concurrency == Concurrency::serial_per_stream;
  return !one_per_stream || stream.running.load() == 0;
}

void StageNode::note_freed(StreamInput& input) {
  TokenReceiver* producer = &input.producer();
  if (std::find(freed_.begin(), freed_.end(), producer) == freed_.end()) freed_.push_back(producer);
}

void StageNode::notify_producers() {
  for (TokenReceiver* producer : freed_) producer->on_room();
  freed_.clear();
}

void StageNode::skip_frame(Stream& stream) {
  Reason reason;
  for (std::size_t port = 0; port < stream.inputs.size(); ++port) {
    StreamInput* input = stream.inputs[port].get();
    if (!input || input->feedback()) continue;
    bool freed = false;
    const Token token = input->take(stream.next, freed);
    if (freed) note_freed(*input);
    const bool decides = token.kind == Token::Kind::gap && !core_.spec->info->inputs[port].optional;
    if (reason == Reasons::none && decides) reason = token.reason;
  }
  if (reason == Reasons::none) reason = Reasons::stopped;
  const std::uint64_t frame = stream.next++;
  stream.done.add({.first = frame, .last = frame, .call = nullptr, .reason = reason, .end = false});
  send_in_order(stream);
}

Reason StageNode::take_inputs(Stream& stream, Activation& call) {
  bool begun = false;
  Reason lost;
  for (std::size_t port = 0; port < stream.inputs.size(); ++port) {
    StreamInput* input = stream.inputs[port].get();
    if (!input) continue;
    bool freed = false;
    Token token = input->take(stream.next, freed);
    if (freed) note_freed(*input);
    if (token.kind != Token::Kind::packet) {
      const bool needed = !input->feedback() && !core_.spec->info->inputs[port].optional;
      if (needed && lost == Reasons::none) lost = token.reason;
      continue;
    }
    if (!input->feedback()) {
      if (!begun) call.begin(token.packet.stamp());
      begun = true;
      call.inherit_quality(token.packet.quality());
    }
    call.set_input(port, std::move(token.packet));
  }
  if (!begun && lost == Reasons::none) lost = Reasons::queue_full;
  call.mutable_stamp().frame = stream.next++;
  return lost;
}

void StageNode::abandon_call(Stream& stream, Activation* call, Reason reason) {
  const std::uint64_t frame = call->stamp().frame;
  for (const auto& port : outputs_) port->unreserve(stream.id);
  call->release();
  give_idle(call);
  stream.done.add({.first = frame, .last = frame, .call = nullptr, .reason = reason, .end = false});
  send_in_order(stream);
}

bool StageNode::start_call(Stream& stream) {
  if (static_cast<int>(batch_.size()) >= core_.spec->batch) return false;
  Activation* call = take_idle();
  if (!call) return false;
  if (!reserve_all(outputs_, stream.id)) {
    give_idle(call);
    return false;
  }
  // Between the look and the take a producer may have dropped the packet to make room.
  if (const Reason lost = take_inputs(stream, *call); lost != Reasons::none) {
    abandon_call(stream, call, lost);
    return true;
  }
  stream.running.fetch_add(1);
  if (core_.spec->batch <= 1) {
    launch(call);
    return true;
  }
  if (batch_.empty()) {
    batch_due_ = run_.clock->now() + core_.spec->batch_timeout;
    alarm_.wake_at(batch_due_, *this);
  }
  batch_.push_back(call);
  return true;
}

bool StageNode::batch_is_due() {
  if (batch_.empty()) return false;
  if (static_cast<int>(batch_.size()) >= core_.spec->batch || run_.aborting.load()) return true;
  const bool nothing_more = std::all_of(streams_.begin(), streams_.end(), [](const auto& s) { return s->ended; });
  return nothing_more || run_.clock->now() >= batch_due_;
}

void StageNode::launch_batch() {
  Activation* leader = batch_.front();
  for (std::size_t i = 1; i < batch_.size(); ++i) leader->batch(*batch_[i]);
  batch_.clear();
  launch(leader);
}

void StageNode::launch(Activation* call) {
  running_.fetch_add(1);
  if (!core_.spec->info->execution.blocking) {
    call->hand_over();
    body_->try_put(call);
    return;
  }
  graph_.reserve_wait();
  threads_.run(call);
}

void StageNode::execute(Activation* call) noexcept {
  call->take_over();
  const TimePoint start = run_.clock->now();
  const Status status = call->run();
  counters_.busy.add(run_.clock->now() - start);
  counters_.calls.fetch_add(call->count(), std::memory_order_relaxed);
  if (!status) {
    counters_.note_error(status.error().text);
    if (core_.spec->stop_on_error) {
      run_.fail_run({status.error().code, "stage " + core_.spec->name + ": " + status.error().text});
      run_.request_stop();
    } else if (counters_.errors.load() <= kShownErrors) {
      run_.warn("stage " + core_.spec->name + ", frame " + std::to_string(call->stamp().frame) + ": " +
                status.error().text);
    }
  }
  // The list of a batch goes with its leader's next use: walk it before the first call is given back.
  const std::size_t others = call->others().size();
  running_.fetch_sub(1);
  for (std::size_t i = others; i > 0; --i) complete(call->others()[i - 1], status);
  complete(call, status);
}

void StageNode::complete(Activation* call, const Status& status) {
  Stream& stream = stream_of(*call);
  if (!status) call->set_drop(error_reason_);
  if (call->dropped() != Reasons::none) call->discard_outputs();
  call->seal();
  const std::uint64_t frame = call->stamp().frame;
  stream.running.fetch_sub(1);
  stream.done.add({.first = frame, .last = frame, .call = call, .reason = {}, .end = false});
  pump();  // the next call first: a worker takes its newest task first, and that should be the one downstream
  send_in_order(stream);
  if (idle_wanted_.exchange(false)) pump();
}

void StageNode::send_in_order(Stream& stream) {
  stream.done.send_ready([&](const SendOrder::Done& done) { send(stream, done); });
}

void StageNode::send(Stream& stream, const SendOrder::Done& done) {
  if (done.call) {
    send_call(stream, *done.call);
    return;
  }
  for (const auto& port : outputs_) {
    port->send(done.end ? Token::end(stream.id, done.first)
                        : Token::gap(stream.id, done.first, done.last, done.reason));
  }
}

void StageNode::send_call(Stream& stream, Activation& call) {
  const std::uint64_t frame = call.stamp().frame;
  const Reason missing = call.dropped() != Reasons::none ? call.dropped() : Reasons::no_output;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (call.output_at(i)) {
      outputs_[i]->send(Token::of(call.output_at(i), stream.id, frame));
    } else {
      outputs_[i]->unreserve(stream.id);
      outputs_[i]->send(Token::gap(stream.id, frame, frame, missing));
    }
  }
  call.release();
  give_idle(&call);
}

Activation* StageNode::take_idle() {
  const std::lock_guard lock(idle_mutex_);
  if (idle_.empty()) {
    idle_wanted_.store(true);
    return nullptr;
  }
  Activation* call = idle_.back();
  idle_.pop_back();
  return call;
}

void StageNode::give_idle(Activation* call) {
  const std::lock_guard lock(idle_mutex_);
  idle_.push_back(call);
}

}  // namespace weir

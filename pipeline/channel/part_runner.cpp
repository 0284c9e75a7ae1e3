// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/part_runner.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/payload_codec.hpp"
#include "pipeline/channel/pieces.hpp"
#include "pipeline/parts/frame_decoder.hpp"
#include "pipeline/runtime/opening.hpp"

namespace weir {

/// The part's stages, opened.
class PartRunner::Chain {
 public:
  static Result<std::shared_ptr<Chain>> open(const GraphSpec& spec, const CloudPart& part,
                                             const PartRunnerOptions& options, std::shared_ptr<Clock> clock,
                                             std::string_view stream) {
    auto chain = std::shared_ptr<Chain>(new Chain(spec, part, options, std::move(clock), stream));
    for (Step& step : chain->steps_) {
      Opening opening(step.core);
      const Status status = open_stage(*step.core.stage, opening);
      if (!status) return fail(status.error().code, concat("stage ", step.core.spec->name, ": ", status.error().text));
      step.open = true;
    }
    return chain;
  }
  ~Chain() {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
      if (!step->open) continue;
      if (const Status status = close_stage(*step->core.stage); !status) run_.warn(status.error().text);
    }
  }

  Status run(const WorkRequest& request, BodyWriter& outputs) {
    std::unique_lock<std::mutex> alone(in_order_, std::defer_lock);
    if (part_.keeps_state) alone.lock();
    Flow flow;
    flow.stamp.frame = request.frame;
    flow.stamp.entered = flow.stamp.capture = run_.clock->now();
    if (request.remaining != Duration::max()) flow.stamp.deadline = flow.stamp.entered + request.remaining;
    if (Status status = read_inputs(request, flow); !status) return status;
    for (Step& step : steps_) {
      if (flow.waits) break;
      if (Status status = call(step, flow); !status) return status;
    }
    outputs.begin_array(part_.outputs.size());
    for (const OutputOf& output : part_.outputs) {
      const Packet& packet = flow.find(output);
      if (!packet)
        outputs.nothing();
      else if (Status status = find_codec(packet.type().name)->write(outputs, packet); !status)
        return status;
    }
    return {};
  }

 private:
  struct Step {
    StageCore core;
    std::size_t index = 0;  // in the whole graph
    bool open = false;
    std::mutex mutex;  // guards idle
    std::vector<std::unique_ptr<Activation>> idle;
  };
  /// One frame on its way through the stages.
  struct Flow {
    Stamp stamp;
    std::vector<std::pair<OutputOf, Packet>> packets;
    bool waits = false;  // for further pieces

    const Packet& find(const OutputOf& output) const {
      static const Packet none;
      const auto found =
          std::find_if(packets.begin(), packets.end(), [&](const auto& entry) { return entry.first == output; });
      return found == packets.end() ? none : found->second;
    }
  };

  Chain(const GraphSpec& spec, const CloudPart& part, const PartRunnerOptions& options, std::shared_ptr<Clock> clock,
        std::string_view stream)
      : spec_(spec), part_(part), steps_(part.stages.size()) {
    run_.spec.name = spec.name;
    if (!stream.empty()) run_.spec.streams.push_back({std::string(stream), 0});
    run_.options.realtime = true;
    run_.options.warn = options.warn;
    run_.clock = std::move(clock);
    for (const std::size_t index : part.stages) run_.spec.stages.push_back(spec.stages[index].for_one_part());
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      StageSpec& stage = run_.spec.stages[i];
      const bool many = stage.info->execution.concurrency == Concurrency::parallel && !part.keeps_state;
      stage.parallel = many ? options.parallel : 1;
      stage.batch = 1;
      steps_[i].index = part.stages[i];
      steps_[i].core = {&run_, &stage, stage.make_stage(), {}};
      for (const PortInfo& port : stage.info->outputs) steps_[i].core.pools.push_back(port.make_pool());
    }
    for (const OutputOf& input : part.inputs) {
      input_pools_.push_back(codec_of(input).make_pool());
    }
  }

  const PayloadCodec& codec_of(const OutputOf& output) const { return *find_codec(crossing_type(spec_, output)->name); }

  Status read_inputs(const WorkRequest& request, Flow& flow) {
    if (request.inputs.size() != part_.inputs.size()) {
      return {Code::invalid, concat("the request has ", std::to_string(request.inputs.size()), " inputs; ", part_.name,
                                    " wants ", std::to_string(part_.inputs.size()))};
    }
    for (std::size_t i = 0; i < part_.inputs.size(); ++i) {
      const BodyValue value = request.inputs.at(i);
      if (value.kind() == BodyValue::Kind::nothing) continue;
      const PayloadCodec& codec = codec_of(part_.inputs[i]);
      const auto type = value.get("type").and_then([](const BodyValue& text) { return text.text(); });
      if (!type) return type.error();
      if (*type != codec.type().name) {
        return {Code::invalid, concat("input ", std::to_string(i), " is of another type; wanted ", codec.type().name)};
      }
      auto read = codec.read(value, request.keeper, *input_pools_[i]);
      if (!read) return read.error();
      read->header->stamp = flow.stamp;
      if (Status status = join(read->packet, request.remaining, flow); !status) return status;
      if (Status status = add(part_.inputs[i], std::move(read->packet), flow); !status) return status;
    }
    return {};
  }

  /// A piece of a code becomes what came of the code so far; where that needs no answer, the frame waits for more.
  Status join(Packet& packet, Duration remaining, Flow& flow) {
    const auto* piece = packet.get<CodedFrame>();
    if (!piece || piece->pieces == 1) return {};
    if (!part_.keeps_state) {
      return {Code::invalid, concat("a code came in pieces; ", part_.name, " keeps no state to put them together")};
    }
    auto* joined = codes_->take();
    const Packet whole(joined);
    joined->stamp = flow.stamp;
    flow.waits = !joiner_.join(flow.stamp.frame, *piece, remaining, joined->value);
    packet = whole;
    return {};
  }

  Status add(const OutputOf& from, Packet packet, Flow& flow) {
    if (packet.get<Frame>()) {
      auto pixels = decoded(packet, *images_);
      if (!pixels) return pixels.error();
      packet = std::move(*pixels);
    }
    flow.packets.emplace_back(from, std::move(packet));
    return {};
  }

  Status call(Step& step, Flow& flow) {
    std::unique_ptr<Activation> call = take(step);
    call->begin(flow.stamp);
    bool complete = true;
    std::vector<bool> filled(step.core.spec->info->inputs.size(), false);
    for (const EdgeSpec& edge : spec_.edges) {
      if (edge.to != step.index) continue;
      const Packet& packet = flow.find({edge.from, edge.from_port});
      if (!packet) continue;
      filled[edge.to_port] = true;
      call->inherit_quality(packet.quality());
      call->set_input(edge.to_port, packet);
    }
    for (std::size_t i = 0; i < filled.size(); ++i)
      complete = complete && (filled[i] || step.core.spec->info->inputs[i].optional);
    Status status;
    if (complete) status = call->run();
    if (status && complete && call->dropped() == Reasons::none) {
      call->seal();
      for (std::size_t port = 0; port < step.core.pools.size(); ++port) {
        if (call->output_at(port)) flow.packets.emplace_back(OutputOf{step.index, port}, call->output_at(port));
      }
    }
    give(step, std::move(call));
    if (status) return {};
    return {Code::unavailable, concat("stage ", step.core.spec->name, ": ", status.error().text)};
  }

  std::unique_ptr<Activation> take(Step& step) {
    const std::lock_guard lock(step.mutex);
    if (step.idle.empty()) return std::make_unique<Activation>(step.core);
    auto call = std::move(step.idle.back());
    step.idle.pop_back();
    return call;
  }
  void give(Step& step, std::unique_ptr<Activation> call) {
    call->release();
    const std::lock_guard lock(step.mutex);
    step.idle.push_back(std::move(call));
  }

  const GraphSpec& spec_;
  const CloudPart& part_;
  RunState run_;
  std::vector<std::shared_ptr<detail::PoolBase>> input_pools_;
  const std::shared_ptr<detail::Pool<Frame>> images_ = std::make_shared<detail::Pool<Frame>>();           // decoded
  const std::shared_ptr<detail::Pool<CodedFrame>> codes_ = std::make_shared<detail::Pool<CodedFrame>>();  // joined
  PieceJoiner joiner_;  // guarded by in_order_
  std::vector<Step> steps_;
  std::mutex in_order_;
};

PartRunner::PartRunner(const GraphSpec& spec, const CloudPart& part, PartRunnerOptions options)
    : spec_(spec), part_(part), options_(std::move(options)), clock_(std::make_shared<SteadyClock>()) {}

PartRunner::~PartRunner() = default;

Result<std::unique_ptr<PartRunner>> PartRunner::create(const GraphSpec& spec, const CloudPart& part,
                                                       PartRunnerOptions options) {
  auto runner = std::unique_ptr<PartRunner>(new PartRunner(spec, part, std::move(options)));
  // One chain is opened in any case: a model that is not there should be told before the first device comes.
  auto chain = Chain::open(spec, part, runner->options_, runner->clock_, part.keeps_state ? "stream" : "");
  if (!chain) return fail(chain.error());
  (part.keeps_state ? runner->spare_ : runner->shared_) = std::move(*chain);
  return runner;
}

Result<std::shared_ptr<PartRunner::Chain>> PartRunner::chain_of(const WorkRequest& request) {
  if (shared_) return shared_;
  const std::lock_guard lock(mutex_);
  const std::pair key{request.device, std::string(request.stream)};
  if (const auto found = chains_.find(key); found != chains_.end()) return found->second;
  if (chains_.size() >= options_.most_streams) {
    return fail(Code::unavailable, concat("busy: ", part_.name, " keeps state and serves ",
                                          std::to_string(options_.most_streams), " streams already"));
  }
  // The first stream need not wait for its models.
  auto chain = spare_ ? Result<std::shared_ptr<Chain>>(std::exchange(spare_, nullptr))
                      : Chain::open(spec_, part_, options_, clock_, request.stream);
  if (chain) chains_.emplace(key, *chain);
  return chain;
}

Status PartRunner::run(const WorkRequest& request, BodyWriter& outputs) {
  const auto chain = chain_of(request);
  if (!chain) return chain.error();
  return (*chain)->run(request, outputs);
}

void PartRunner::device_gone(DeviceId device) {
  std::vector<std::shared_ptr<Chain>> gone;  // declared first: closed after the lock is gone
  const std::lock_guard lock(mutex_);
  for (auto at = chains_.begin(); at != chains_.end();) {
    if (at->first.first != device) {
      ++at;
      continue;
    }
    gone.push_back(std::move(at->second));
    at = chains_.erase(at);
  }
}

}  // namespace weir

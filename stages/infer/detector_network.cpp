// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/detector_network.hpp"

#include <algorithm>
#include <cstddef>

#include "kernels/detect/nanodet_decode.hpp"
#include "kernels/detect/padded_side.hpp"

namespace weir {

namespace {

TensorView item_of(const TensorView& batched, std::size_t index) {
  TensorView item = batched;
  item.shape[0] = 1;
  item.data = static_cast<const std::byte*>(batched.data) + index * item.bytes();
  return item;
}

}  // namespace

Result<std::unique_ptr<DetectorNetwork>> DetectorNetwork::load(DetectorOptions options, int batch) {
  auto network = std::unique_ptr<DetectorNetwork>(new DetectorNetwork);
  network->options_ = std::move(options);
  const bool native = network->options_.native;
  network->batch_ = native ? 1 : batch;
  if (Status status = native ? network->load_sized() : network->load_engines(); !status) return fail(status.error());
  if (Status status = network->probe(); !status) return fail(status.error());
  return network;
}

Status DetectorNetwork::load_engines() {
  const bool sized = options_.width > 0;
  if (sized && (options_.width % kCoarsestStride != 0 || options_.height % kCoarsestStride != 0)) {
    return {Code::invalid, "size is " + std::to_string(options_.width) + "x" + std::to_string(options_.height) +
                               "; both sides must be multiples of 32"};
  }
  const auto shape = [&](int count) { return Shape{count, 3, options_.height, options_.width}; };
  EngineOptions engine = options_.engine;
  if (sized) engine.input_shapes = {shape(1)};
  auto single = load_engine(options_.model, engine);
  if (!single) return Status(single.error());
  single_ = std::move(*single);

  if (Status status = check_input(*single_); !status) return status;
  const auto inputs = single_->inputs();
  options_.height = static_cast<int>(inputs[0].shape[2]);
  options_.width = static_cast<int>(inputs[0].shape[3]);
  if (batch_ <= 1) return {};

  engine.input_shapes = {shape(batch_)};
  auto batched = load_engine(options_.model, engine);
  if (!batched) return {batched.error().code, "batch " + std::to_string(batch_) + ": " + batched.error().text};
  batched_ = std::move(*batched);
  return {};
}

Status DetectorNetwork::check_input(const Engine& engine) const {
  const auto inputs = engine.inputs();
  if (inputs.size() == 1 && inputs[0].shape.rank() == 4 && inputs[0].shape[1] == 3) return {};
  const std::string seen = inputs.empty() ? std::string("no inputs") : inputs[0].shape.text();
  return {Code::unsupported, options_.model + " takes " + std::to_string(inputs.size()) + " input(s), the first " +
                                 seen +
                                 "; a detector takes one image, 1x3xHEIGHTxWIDTH. Give `size` if a side is unknown"};
}

Status DetectorNetwork::load_sized() {
  auto sized = SizedEngines::load(options_.model, options_.engine, options_.fixed_sizes);
  if (!sized) return Status(sized.error());
  sized_ = std::move(*sized);
  return check_input(sized_->open());
}

Status DetectorNetwork::probe() {
  if (!sized_) return probe(options_.width, options_.height);
  // Of two sizes, because a file may hold shapes that suit one.
  for (const auto& [width, height] : {std::pair{96, 64}, std::pair{64, 128}}) {
    if (Status status = probe(width, height); !status) return status;
  }
  return {};
}

Status DetectorNetwork::probe(int width, int height) {
  auto session = single().make_session();
  if (!session) return Status(session.error());
  Tensor blank(DType::f32, {1, 3, height, width});
  std::ranges::fill(blank.as<float>(), 0.F);
  const TensorView view = blank.view();
  const auto outputs = (*session)->infer({&view, 1});
  if (!outputs && sized_) {
    return {Code::unsupported, options_.model + " cannot take an image of " + std::to_string(width) + "x" +
                                   std::to_string(height) + " with size: native; give a fixed `size` (" +
                                   outputs.error().text + ")"};
  }
  if (!outputs) return Status(outputs.error());
  const int classes = static_cast<int>(options_.classes.size());
  if (options_.decoder != Decoder::yolox) sigmoid_ = has_logits(*outputs, classes);

  auto worker = DetectorWorker::create(*this);
  if (!worker) return Status(worker.error());
  const std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * height);
  std::vector<Detection> boxes;
  const ImageView image{pixels.data(), width, height, width, PixelFormat::gray8};
  Status status = (*worker)->run({{image, {0, 0, width, height}, &boxes}});
  if (status) return status;
  return {Code::unsupported, options_.model + " does not fit decoder `" + std::string(to_string(options_.decoder)) +
                                 "`: " + status.error().text +
                                 ". Choose another `decoder`, or list the model's `classes`"};
}

DetectorWorker::DetectorWorker(const DetectorNetwork& network, PreprocessPlan plan)
    : network_(network), plan_(std::move(plan)), reader_(network.options(), network.sigmoid()) {}

Result<std::unique_ptr<DetectorWorker>> DetectorWorker::create(const DetectorNetwork& network) {
  auto plan = PreprocessPlan::create(preprocess_options(network.options()));
  if (!plan) return fail(plan.error());
  auto worker = std::unique_ptr<DetectorWorker>(new DetectorWorker(network, std::move(*plan)));
  auto single = network.single().make_session();
  if (!single) return fail(single.error());
  worker->single_ = std::move(*single);
  if (network.batched()) {
    auto batched = network.batched()->make_session();
    if (!batched) return fail(batched.error());
    worker->batched_ = std::move(*batched);
  }
  const PreprocessOptions& size = worker->plan_.options();
  worker->input_.resize(DType::f32, {network.batched() ? network.batch() : 1, 3, size.height, size.width});
  return worker;
}

Status DetectorWorker::run(const std::vector<Job>& jobs) {
  const auto full = static_cast<std::size_t>(std::max(1, network_.batch()));
  for (std::size_t start = 0; start < jobs.size();) {
    // A batch that is not full would cost as much as a full one.
    const std::size_t count = jobs.size() - start >= full ? full : 1;
    if (Status status = run_chunk(jobs.data() + start, count); !status) return status;
    start += count;
  }
  return {};
}

// Sets the input's size, and picks the fastest session for it that is ready.
Result<Session*> DetectorWorker::session_for(const Job& job) {
  const View& view = job.view;
  const int most = network_.options().most_side;
  // An image that is too large is scaled down as a whole: its shorter side needs less, too.
  const double scale = std::min(1.0, most / static_cast<double>(std::max(view.width, view.height)));
  // A network scores an object differently when its grid lies elsewhere on it, so a part keeps its place on the grid of
  // the frame that it was cut from.
  const int left = scale < 1 ? 0 : (job.origin_x + view.x) % kCoarsestStride;
  const int top = scale < 1 ? 0 : (job.origin_y + view.y) % kCoarsestStride;
  const int width = padded_side(left + static_cast<int>(view.width * scale), most);
  const int height = padded_side(top + static_cast<int>(view.height * scale), most);
  const bool fits = left + view.width <= width && top + view.height <= height;
  const Status resized = fits ? plan_.resize(width, height, left, top) : plan_.resize(width, height);
  if (!resized) return fail(resized.error());
  input_.resize(DType::f32, {1, 3, height, width});
  for (const SizedSession& own : sized_) {
    if (own.width == width && own.height == height) return own.session.get();
  }
  Engine* const engine = network_.sized()->find(width, height);
  if (!engine) return single_.get();
  auto session = engine->make_session();
  if (!session) return fail(session.error());
  return sized_.emplace_back(SizedSession{width, height, std::move(*session)}).session.get();
}

Status DetectorWorker::run_chunk(const Job* jobs, std::size_t count) {
  Session* session = count > 1 ? batched_.get() : single_.get();
  if (network_.sized()) {
    const auto sized = session_for(*jobs);
    if (!sized) return Status(sized.error());
    session = *sized;
  }
  const std::span<float> values = input_.as<float>();
  const std::size_t per_item = plan_.elements();
  for (std::size_t i = 0; i < count; ++i) {
    const View& view = jobs[i].view;
    const ImageView crop = jobs[i].image.crop(view.x, view.y, view.width, view.height);
    if (Status status = plan_.run(crop, values.subspan(i * per_item, per_item)); !status) return status;
  }
  const Shape shape{static_cast<std::int64_t>(count), 3, plan_.options().height, plan_.options().width};
  const TensorView input = view_of(values.first(count * per_item), shape);
  const auto outputs = session->infer({&input, 1});
  if (!outputs) return Status(outputs.error());
  for (std::size_t i = 0; i < count; ++i) {
    if (Status status = decode(*outputs, i, jobs[i]); !status) return status;
  }
  return {};
}

Status DetectorWorker::decode(std::span<const TensorView> outputs, std::size_t index, const Job& job) {
  const ImageToTensor geometry = plan_.geometry(job.view.width, job.view.height)
                                     .from_frame(static_cast<float>(job.view.x), static_cast<float>(job.view.y));
  item_outputs_.clear();
  for (const TensorView& output : outputs) item_outputs_.push_back(item_of(output, index));
  return reader_.read(item_outputs_, {plan_.options().width, plan_.options().height, geometry},
                      {job.image.width, job.image.height}, *job.boxes);
}

}  // namespace weir

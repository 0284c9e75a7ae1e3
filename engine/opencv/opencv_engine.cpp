// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <utility>

#include "engine/backend.hpp"
#include "engine/common.hpp"
#include "engine/opencv/half_constants.hpp"
#include "engine/opencv/onnx_interface.hpp"

namespace weir::engine {
namespace {

// One image's share of a batch.
struct Slice {
  std::vector<int> extents;
  std::size_t bytes = 0;
};

void set_slice(Slice& slice, const Shape& shape, std::int64_t batch) {
  slice.extents.assign(shape.begin(), shape.end());
  if (batch > 1) slice.extents[0] = 1;
  slice.bytes = shape.elements() * sizeof(float) / static_cast<std::size_t>(batch);
}

Shape shape_of(const cv::Mat& m) {
  std::array<std::int64_t, Shape::kMaxRank> extents{};
  const auto rank = std::min<std::size_t>(static_cast<std::size_t>(m.dims), extents.size());
  std::copy_n(m.size.p, rank, extents.begin());
  return Shape(std::span<const std::int64_t>(extents.data(), rank));
}

struct Network {
  std::string model;  // the file's bytes: each session parses its own network, which OpenCV does not share
  std::vector<TensorInfo> inputs, outputs;
  std::int64_t batch = 1;
  bool open_size = false;  // of the first input; then the outputs' shapes are those of the run
};

class OpencvSession final : public Session {
 public:
  explicit OpencvSession(std::shared_ptr<const Network> network) : network_(std::move(network)) {
    net_ = cv::dnn::readNetFromONNX(network_->model.data(), network_->model.size());
    net_.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net_.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    for (const TensorInfo& i : network_->inputs) set_slice(slices_.emplace_back(), i.shape, network_->batch);
    for (const TensorInfo& o : network_->outputs) {
      names_.emplace_back(o.name);
      views_.push_back({o.dtype, o.shape, nullptr});
    }
    whole_.resize(names_.size());
  }

  Result<std::span<const TensorView>> infer(std::span<const TensorView> inputs) override {
    if (Status s = check_inputs(inputs, network_->inputs); !s) return fail(s.error());
    if (network_->open_size) set_slice(slices_[0], inputs[0].shape, 1);
    try {
      for (std::int64_t i = 0; i < network_->batch; ++i) {
        run_one(inputs, static_cast<std::size_t>(i));
        if (Status s = publish(static_cast<std::size_t>(i)); !s) return fail(s.error());
      }
    } catch (const std::exception& e) {
      return fail(Code::internal, "OpenCV could not run the network: " + brief(e.what()));
    }
    return std::span<const TensorView>(views_);
  }

  // The shapes of one image's outputs, which OpenCV knows only after a run.
  std::vector<Shape> probe() {
    std::vector<Tensor> zeros;
    std::vector<TensorView> inputs;
    for (const TensorInfo& i : network_->inputs) {
      Tensor& t = zeros.emplace_back(i.dtype, i.shape);
      std::memset(t.data(), 0, t.bytes());
      inputs.push_back(t.view());
    }
    run_one(inputs, 0);
    std::vector<Shape> shapes;
    for (const cv::Mat& m : results_) shapes.push_back(shape_of(m));
    return shapes;
  }

 private:
  void run_one(std::span<const TensorView> inputs, std::size_t image) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto* data = static_cast<const std::byte*>(inputs[i].data) + image * slices_[i].bytes;
      // OpenCV takes no pointer to const, but copies the input.
      const cv::Mat blob(slices_[i].extents, CV_32F, const_cast<std::byte*>(data));
      net_.setInput(blob, network_->inputs[i].name);
    }
    net_.forward(results_, names_);
  }

  // Single results are borrowed from OpenCV; those of a batch are gathered.
  Status publish(std::size_t image) {
    const auto batch = static_cast<std::size_t>(network_->batch);
    for (std::size_t o = 0; o < results_.size(); ++o) {
      const cv::Mat& m = results_[o];
      if (network_->open_size) views_[o].shape = shape_of(m);
      const std::size_t bytes = views_[o].shape.elements() * sizeof(float) / batch;
      if (!m.isContinuous() || m.depth() != CV_32F || m.total() * sizeof(float) != bytes) {
        return {Code::internal, "OpenCV gave output \"" + network_->outputs[o].name + "\" another size than before"};
      }
      if (batch == 1) {
        views_[o].data = m.data;
        continue;
      }
      whole_[o].resize(DType::f32, network_->outputs[o].shape);
      std::memcpy(static_cast<std::byte*>(whole_[o].data()) + image * bytes, m.data, bytes);
      views_[o].data = whole_[o].data();
    }
    return {};
  }

  std::shared_ptr<const Network> network_;
  cv::dnn::Net net_;
  std::vector<Slice> slices_;
  std::vector<cv::String> names_;
  std::vector<cv::Mat> results_;
  std::vector<Tensor> whole_;
  std::vector<TensorView> views_;
};

class OpencvEngine final : public Engine {
 public:
  explicit OpencvEngine(std::shared_ptr<const Network> network) : network_(std::move(network)) {}

  std::span<const TensorInfo> inputs() const override { return network_->inputs; }
  std::span<const TensorInfo> outputs() const override { return network_->outputs; }
  Precision precision() const override { return Precision::f32; }
  bool gains_from_fixed_size() const override { return false; }
  std::string fingerprint() const override { return "opencv " + cv::getVersionString() + "; " + cpu_name() + "; f32"; }

  Result<std::unique_ptr<Session>> make_session() override {
    try {
      return std::make_unique<OpencvSession>(network_);
    } catch (const std::exception& e) {
      return fail(Code::internal, "OpenCV could not make an inference session: " + brief(e.what()));
    }
  }

 private:
  std::shared_ptr<const Network> network_;
};

Status check_options(const EngineOptions& options, const OnnxInterface& file, const std::string& name) {
  if (options.precision == Precision::bf16 || options.precision == Precision::int8) {
    return {Code::unsupported, "precision " + std::string(to_string(options.precision)) +
                                   " is not available in the opencv engine, which has f32 alone; use f32 or auto, or "
                                   "the openvino engine"};
  }
  if (options.input_shapes.size() > file.inputs.size()) {
    return {Code::invalid, "model " + name + " has " + std::to_string(file.inputs.size()) + " inputs; " +
                               std::to_string(options.input_shapes.size()) + " input shapes were given"};
  }
  for (const auto* side : {&file.inputs, &file.outputs}) {
    for (const TensorInfo& t : *side) {
      if (t.dtype == DType::f32) continue;
      return {Code::unsupported, "tensor \"" + t.name + "\" of " + name + " holds " + std::string(to_string(t.dtype)) +
                                     "; the opencv engine runs f32 models alone"};
    }
  }
  return {};
}

// OpenCV keeps one thread count and one log level for the process.
void set_process_options(int threads) {
  static std::mutex mutex;
  static int most = 0;
  const std::lock_guard lock(mutex);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);  // failures come back as exceptions
  most = std::max(most, threads);
  cv::setNumThreads(most);
}

// A size to try an open one with, where the file tells none.
void set_trial_size(Shape& shape) {
  constexpr std::int64_t kTrialSide = 64;
  for (std::size_t i = shape.rank() - 2; i < shape.rank(); ++i) {
    if (shape[i] < 0) shape[i] = kTrialSide;
  }
}

// After the trial run: what may change from call to call.
Status open_up(Network& network, const std::string& name) {
  if (Status s = open_size(name, network.inputs[0].shape); !s) return s;
  for (TensorInfo& output : network.outputs) {
    for (std::size_t i = 1; i < output.shape.rank(); ++i) output.shape[i] = -1;
  }
  network.open_size = true;
  return {};
}

Status resolve_inputs(Network& network, const std::vector<Shape>& wanted, const std::string& name) {
  for (std::size_t i = 0; i < network.inputs.size(); ++i) {
    const auto shape = resolve_shape(name, network.inputs[i], i < wanted.size() ? &wanted[i] : nullptr);
    if (!shape) return shape.error();
    network.inputs[i].shape = *shape;
  }
  if (!network.inputs.empty() && network.inputs[0].shape.rank() > 1) network.batch = network.inputs[0].shape[0];
  return {};
}

// Runs the network once, on zeros, to learn whether it takes these inputs and what it gives.
Status probe(const std::shared_ptr<Network>& network, const std::string& name) {
  try {
    const std::vector<Shape> shapes = OpencvSession(network).probe();
    for (std::size_t o = 0; o < shapes.size(); ++o) {
      network->outputs[o].shape = shapes[o];
      if (network->batch == 1) continue;
      if (shapes[o].rank() == 0 || shapes[o][0] != 1) {
        return {Code::unsupported, "output \"" + network->outputs[o].name + "\" of " + name + " is " +
                                       shapes[o].text() + " for one image, so it cannot be batched; use a batch of 1"};
      }
      network->outputs[o].shape[0] = network->batch;
    }
  } catch (const std::exception& e) {
    return {Code::unsupported, "OpenCV cannot run the model " + name + " with an input of " +
                                   network->inputs[0].shape.text() + " (" + brief(e.what()) +
                                   "); use the file's own size, or the openvino engine"};
  }
  return {};
}

Result<std::unique_ptr<Engine>> load(std::string_view model, const std::string& name, const EngineOptions& options) {
  auto file = read_onnx_interface(model, name);
  if (!file) return fail(file.error());
  if (Status s = check_options(options, *file, name); !s) return fail(s.error());
  set_process_options(options.threads);
  auto network = std::make_shared<Network>();
  network->model = widen_half_constants(model);
  network->inputs = std::move(file->inputs);
  network->outputs = std::move(file->outputs);
  const bool open = options.open_size && !network->inputs.empty();
  if (open && network->inputs[0].shape.rank() > 2) set_trial_size(network->inputs[0].shape);
  if (Status s = resolve_inputs(*network, options.input_shapes, name); !s) return fail(s.error());
  if (Status s = probe(network, name); !s) return fail(s.error());
  if (open) {
    if (Status s = open_up(*network, name); !s) return fail(s.error());
  }
  return std::make_unique<OpencvEngine>(std::move(network));
}

}  // namespace
}  // namespace weir::engine

void weir_load_engine(std::string_view model, const std::string& name, const weir::EngineOptions& options,
                      weir::Result<std::unique_ptr<weir::Engine>>& engine) {
  engine = weir::engine::load(model, name, options);
}

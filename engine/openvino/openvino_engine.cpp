// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>
#include <utility>

#include "engine/backend.hpp"
#include "engine/common.hpp"
#include "engine/openvino/reshape.hpp"

namespace weir::engine {
namespace {

constexpr const char* kDevice = "CPU";

// One core for the process, never destroyed: its plug-ins must outlive every static object that may still hold a
// network.
ov::Core& core() {
  static auto* const kCore = new ov::Core;
  return *kCore;
}

class OpenvinoSession final : public Session {
 public:
  OpenvinoSession(ov::InferRequest request, std::span<const TensorInfo> inputs, std::span<const TensorInfo> outputs)
      : request_(std::move(request)), inputs_(inputs.begin(), inputs.end()), bound_(inputs.size()) {
    for (const TensorInfo& output : outputs) {
      views_.push_back({output.dtype, output.shape, nullptr});
      open_ |= std::ranges::any_of(output.shape, [](std::int64_t extent) { return extent < 0; });
    }
    output_tensors_.resize(outputs.size());
    if (!open_) borrow_outputs();
  }

  Result<std::span<const TensorView>> infer(std::span<const TensorView> inputs) override {
    if (Status s = check_inputs(inputs, inputs_); !s) return fail(s.error());
    try {
      for (std::size_t i = 0; i < inputs.size(); ++i) bind(i, inputs[i]);
      request_.infer();
      if (open_) borrow_outputs();
    } catch (const std::exception& e) {
      return fail(Code::internal, "OpenVINO could not run the network: " + brief(e.what()));
    }
    return std::span<const TensorView>(views_);
  }

  std::vector<LayerTime> layer_times() const override {
    std::vector<LayerTime> times;
    try {
      for (const ov::ProfilingInfo& layer : request_.get_profiling_info()) {
        const bool ran = layer.status == ov::ProfilingInfo::Status::EXECUTED;
        times.push_back({layer.node_name, ran ? layer.exec_type : "", layer.real_time});
      }
    } catch (const std::exception&) {
      times.clear();  // the network was compiled without measuring
    }
    return times;
  }

 private:
  struct Bound {
    const void* data = nullptr;
    Shape shape;
  };

  void borrow_outputs() {
    for (std::size_t i = 0; i < views_.size(); ++i) {
      output_tensors_[i] = request_.get_output_tensor(i);
      const ov::Shape& shape = output_tensors_[i].get_shape();
      for (std::size_t k = 0; k < shape.size(); ++k) views_[i].shape[k] = static_cast<std::int64_t>(shape[k]);
      views_[i].data = output_tensors_[i].data();
    }
  }

  // Wraps the caller's memory. Callers mostly reuse their buffers, so this happens once per buffer.
  void bind(std::size_t i, const TensorView& input) {
    if (bound_[i].data == input.data && bound_[i].shape == input.shape) return;
    const ov::Shape shape(input.shape.begin(), input.shape.end());
    // OpenVINO takes no pointer to const, but does not write to inputs.
    request_.set_input_tensor(i, ov::Tensor(to_openvino(input.dtype), shape, const_cast<void*>(input.data)));
    bound_[i] = {input.data, input.shape};
  }

  ov::InferRequest request_;
  std::vector<TensorInfo> inputs_;
  std::vector<Bound> bound_;
  std::vector<ov::Tensor> output_tensors_;
  std::vector<TensorView> views_;
  bool open_ = false;  // the outputs change with the size of the input
};

class OpenvinoEngine final : public Engine {
 public:
  OpenvinoEngine(ov::CompiledModel model, std::vector<TensorInfo> inputs, std::vector<TensorInfo> outputs,
                 Precision precision)
      : model_(std::move(model)), inputs_(std::move(inputs)), outputs_(std::move(outputs)), precision_(precision) {}

  std::span<const TensorInfo> inputs() const override { return inputs_; }
  std::span<const TensorInfo> outputs() const override { return outputs_; }
  Precision precision() const override { return precision_; }
  // Of open size, shapes are worked out and memory is laid out anew for each call.
  bool gains_from_fixed_size() const override { return true; }

  Result<std::unique_ptr<Session>> make_session() override {
    try {
      return std::make_unique<OpenvinoSession>(model_.create_infer_request(), inputs_, outputs_);
    } catch (const std::exception& e) {
      return fail(Code::internal, "OpenVINO could not make an inference session: " + brief(e.what()));
    }
  }

  std::string fingerprint() const override {
    return std::string("openvino ") + ov::get_openvino_version().buildNumber + "; " + cpu_name() + "; " +
           std::string(to_string(precision_));
  }

 private:
  ov::CompiledModel model_;
  std::vector<TensorInfo> inputs_, outputs_;
  Precision precision_;
};

bool is_quantised(const ov::Model& model) {
  return std::ranges::any_of(model.get_ops(),
                             [](const auto& op) { return ov::is_type<ov::opset13::FakeQuantize>(op); });
}

// What the machine can do decides what "auto" means and whether a wish can be met.
Result<Precision> choose_precision(Precision wanted, const ov::Model& model, const std::string& name) {
  const auto abilities = core().get_property(kDevice, ov::device::capabilities);
  const auto has = [&](std::string_view ability) { return std::ranges::find(abilities, ability) != abilities.end(); };
  if (wanted == Precision::automatic) return has("BF16") ? Precision::bf16 : Precision::f32;
  if ((wanted == Precision::bf16 && !has("BF16")) || (wanted == Precision::int8 && !has("INT8"))) {
    std::string list;
    for (const std::string& a : abilities) list += (list.empty() ? "" : " ") + a;
    return fail(Code::unsupported, "precision " + std::string(to_string(wanted)) +
                                       " is not available on this machine (" + cpu_name() + " offers " + list +
                                       "); use f32 or auto");
  }
  if (wanted == Precision::int8 && !is_quantised(model)) {
    return fail(Code::unsupported, "precision int8 needs a quantised model, and " + name +
                                       " holds no quantised layers; quantise it first, or use f32 or bf16");
  }
  return wanted;
}

ov::AnyMap compile_options(const EngineOptions& options, Precision precision) {
  return {ov::num_streams(options.sessions), ov::inference_num_threads(options.threads * options.sessions),
          ov::hint::inference_precision(precision == Precision::bf16 ? ov::element::bf16 : ov::element::f32),
          ov::hint::enable_cpu_pinning(false), ov::enable_profiling(options.layer_times)};
}

Result<std::vector<TensorInfo>> describe_all(const std::vector<ov::Output<const ov::Node>>& ports) {
  std::vector<TensorInfo> all;
  for (const auto& port : ports) {
    auto info = describe(port);
    if (!info) return fail(info.error());
    all.push_back(std::move(*info));
  }
  return all;
}

Result<std::shared_ptr<ov::Model>> read_model(std::string_view model, const std::string& name) {
  try {
    return core().read_model(std::string(model), ov::Tensor());
  } catch (const std::exception& e) {
    return fail(Code::corrupt, "model " + name + " is not an ONNX model that OpenVINO can read (" + brief(e.what()) +
                                   "); check the file, or export it again");
  }
}

Result<std::unique_ptr<Engine>> load(std::string_view model, const std::string& name, const EngineOptions& options) {
  try {
    auto network = read_model(model, name);
    if (!network) return fail(network.error());
    const auto precision = choose_precision(options.precision, **network, name);
    if (!precision) return fail(precision.error());
    if (Status s = reshape_model(**network, name, options.input_shapes, options.open_size); !s) return fail(s.error());
    ov::CompiledModel compiled = core().compile_model(*network, kDevice, compile_options(options, *precision));
    auto inputs = describe_all(compiled.inputs());
    if (!inputs) return fail(inputs.error());
    auto outputs = describe_all(compiled.outputs());
    if (!outputs) return fail(outputs.error());
    return std::make_unique<OpenvinoEngine>(std::move(compiled), std::move(*inputs), std::move(*outputs), *precision);
  } catch (const std::exception& e) {
    return fail(Code::unsupported, "OpenVINO cannot compile the model " + name + ": " + brief(e.what()));
  }
}

}  // namespace
}  // namespace weir::engine

void weir_load_engine(std::string_view model, const std::string& name, const weir::EngineOptions& options,
                      weir::Result<std::unique_ptr<weir::Engine>>& engine) {
  engine = weir::engine::load(model, name, options);
}

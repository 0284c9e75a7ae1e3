// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/tensor.hpp"

namespace weir {

/// The arithmetic that a network is run in.
enum class Precision : std::uint8_t {
  f32,
  bf16,       ///< convolutions in bfloat16, inputs and outputs stay f32; only where the machine has it
  int8,       ///< needs a quantised file and a machine with 8-bit arithmetic
  automatic,  ///< bf16 where the machine has it, else f32: fastest, but not the same values on every machine
};

std::string_view to_string(Precision precision);

/// "f32", "bf16", "int8" or "auto"; Code::invalid lists them.
Result<Precision> parse_precision(std::string_view text);

struct EngineOptions {
  std::string backend{};  ///< "openvino" or "opencv"; empty: the first one that this build has
  Precision precision = Precision::f32;
  int threads = 1;   ///< per running inference, 1 to 256
  int sessions = 1;  ///< how many sessions may run at the same time without waiting for each other, 1 to 256
  /// One per input, in the file's order; missing ones and negative extents are as in the file. The first extent of the
  /// first input is the batch.
  std::vector<Shape> input_shapes{};
  bool open_size =
      false;  ///< the last two extents of the first input, an image's height and width, may change from call to call
  bool layer_times = false;  ///< measure each layer, which costs a little time itself; see Session::layer_times
};

/// Name, type and shape of one input or output of a loaded network; extents that may change are -1.
struct TensorInfo {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
};

/// How long one layer took in the last run.
struct LayerTime {
  std::string layer;   ///< the node's name in the file, or the engine's own for a layer that it added
  std::string kernel;  ///< what ran it; empty when it was merged into a neighbour
  std::chrono::microseconds time{0};
};

/// Runs a loaded network. Bound to one thread at a time; a session keeps what it needs of its engine alive.
class Session {
 public:
  virtual ~Session() = default;

  /// Runs once. `inputs` are in the order of Engine::inputs(), read in place, and must stay until the call returns. The
  /// outputs, in the order of Engine::outputs(), are borrowed: valid until the next call or the end of the session.
  /// Code::invalid when an input has another type or shape than the engine's; Code::internal when the network cannot
  /// take an image of that size (EngineOptions::open_size).
  virtual Result<std::span<const TensorView>> infer(std::span<const TensorView> inputs) = 0;

  /// The layers of the last run in the order of execution. Empty without EngineOptions::layer_times, and with an engine
  /// that does not tell.
  virtual std::vector<LayerTime> layer_times() const { return {}; }
};

/// A network, loaded and compiled for one input size or for an open one. Thread-safe after loading.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual std::span<const TensorInfo> inputs() const = 0;
  virtual std::span<const TensorInfo> outputs() const = 0;

  /// An object that one thread runs inferences with.
  virtual Result<std::unique_ptr<Session>> make_session() = 0;

  /// The arithmetic in use; never Precision::automatic.
  virtual Precision precision() const = 0;

  /// Whether an engine of fixed size answers clearly faster than one of open size.
  virtual bool gains_from_fixed_size() const = 0;

  /// Engine, version, processor and precision: equal text on equal input means equal answers.
  virtual std::string fingerprint() const = 0;
};

/// The backends of this build, the default first.
std::span<const std::string_view> engine_backends();

/// Loads an ONNX file and compiles it. Code::not_found when the file is missing, Code::corrupt when it is not ONNX,
/// Code::unsupported when the machine or the model cannot do what the options ask; each text names path and way out.
Result<std::unique_ptr<Engine>> load_engine(const std::filesystem::path& path, const EngineOptions& options = {});

/// The same for a model in memory; `name` stands in for the path in errors.
Result<std::unique_ptr<Engine>> load_engine(std::string_view model, std::string_view name,
                                            const EngineOptions& options = {});

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "app/model_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/text.hpp"

namespace weir::app {
namespace {

constexpr std::size_t kWidestName = 44;

// The end of a long name tells more than its start.
std::string shortened(const std::string& name) {
  if (name.size() <= kWidestName) return name;
  return std::string("...").append(name, name.size() - (kWidestName - 3));
}

std::string time_text(const LayerReport& layer) {
  if (!layer.time_us) return "";
  if (layer.kernel.empty()) return "merged";
  return print("%.0f", *layer.time_us);
}

std::string values_text(const std::vector<OnnxValue>& values, const char* label) {
  std::string text;
  for (const OnnxValue& value : values) {
    text += print("%s %s %s %s\n", label, value.name.c_str(), std::string(to_string(value.dtype)).c_str(),
                  value.shape.text().c_str());
  }
  return text;
}

std::string layer_lines(const ModelReport& report) {
  std::size_t name = 5, op = 8, shape = 6;
  for (const LayerReport& layer : report.layers) {
    name = std::max(name, shortened(layer.name).size());
    op = std::max(op, layer.op.size());
    shape = std::max(shape, layer.output.text().size());
  }
  const auto line = [&](const std::string& first, const std::string& second, const std::string& third,
                        const std::string& rest) {
    return print("%-*s  %-*s  %-*s", static_cast<int>(name), first.c_str(), static_cast<int>(op), second.c_str(),
                 static_cast<int>(shape), third.c_str()) +
           rest + "\n";
  };
  std::string text =
      line("layer", "operator", "output", print("  %10s  %9s  %9s  %8s", "parameters", "MMAC", "memory", "us"));
  for (const LayerReport& layer : report.layers) {
    const auto memory = bytes_text(static_cast<std::uint64_t>(layer.live_bytes));
    text += line(shortened(layer.name), layer.op, layer.output.text(),
                 print("  %10lld  %9.3f  %9s  %8s", static_cast<long long>(layer.parameters),
                       static_cast<double>(layer.macs) / 1e6, memory.c_str(), time_text(layer).c_str()));
  }
  return text;
}

nlohmann::json extents(const Shape& shape) { return std::vector<std::int64_t>(shape.begin(), shape.end()); }

nlohmann::json values_json(const std::vector<OnnxValue>& values) {
  nlohmann::json list = nlohmann::json::array();
  for (const OnnxValue& value : values) {
    list.push_back({{"name", value.name}, {"type", to_string(value.dtype)}, {"shape", extents(value.shape)}});
  }
  return list;
}

nlohmann::json layer_json(const LayerReport& layer) {
  nlohmann::json json{{"name", layer.name},
                      {"operator", layer.op},
                      {"shape", extents(layer.output)},
                      {"type", to_string(layer.dtype)},
                      {"parameters", layer.parameters},
                      {"macs", layer.macs},
                      {"live_bytes", layer.live_bytes},
                      {"time_us", nullptr},
                      {"kernel", nullptr}};
  if (layer.time_us) json["time_us"] = *layer.time_us;
  if (!layer.kernel.empty()) json["kernel"] = layer.kernel;
  return json;
}

}  // namespace

std::string model_table(const ModelReport& report) {
  std::string text = values_text(report.inputs, "input ") + values_text(report.outputs, "output") + "\n";
  text += layer_lines(report) + "\n";
  text += print("%zu layers, %.3f M parameters, %.3f GMAC\n", report.layers.size(),
                static_cast<double>(report.parameters) / 1e6, static_cast<double>(report.macs) / 1e9);
  text += print("peak activation memory %s at %s\n", bytes_text(static_cast<std::uint64_t>(report.peak_bytes)).c_str(),
                report.peak_layer.c_str());
  if (report.time_us) {
    text += print("%.2f ms in all layers, one thread, %s\n", *report.time_us / 1e3, report.engine.c_str());
  } else {
    text += "no times: not asked for, or this build's engine does not tell them\n";
  }
  return text;
}

std::string model_json(const ModelReport& report) {
  nlohmann::json layers = nlohmann::json::array();
  for (const LayerReport& layer : report.layers) layers.push_back(layer_json(layer));
  nlohmann::json json{{"inputs", values_json(report.inputs)},
                      {"outputs", values_json(report.outputs)},
                      {"layers", std::move(layers)},
                      {"parameters", report.parameters},
                      {"macs", report.macs},
                      {"peak_bytes", report.peak_bytes},
                      {"peak_layer", report.peak_layer},
                      {"time_us", nullptr},
                      {"engine", nullptr}};
  if (report.time_us) json["time_us"] = *report.time_us;
  if (!report.engine.empty()) json["engine"] = report.engine;
  return json.dump(2) + "\n";
}

}  // namespace weir::app

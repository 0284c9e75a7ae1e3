// SPDX-License-Identifier: Apache-2.0
#include "app/seams_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/text.hpp"

namespace weir::app {
namespace {

std::string joined(const Seam& seam, bool shapes) {
  std::string text;
  for (const SeamTensor& tensor : seam.tensors) {
    if (!text.empty()) text += shapes ? " + " : ",";
    text += shapes ? tensor.type.shape.text() : tensor.name;
  }
  return text;
}

double share(const Seam& seam) {
  const auto all = static_cast<double>(seam.head_macs + seam.tail_macs);
  return all > 0 ? 100 * static_cast<double>(seam.head_macs) / all : 0;
}

}  // namespace

std::string seams_table(const std::vector<Seam>& seams) {
  std::size_t name = 4, shape = 7, op = 8;
  for (const Seam& seam : seams) {
    name = std::max(name, joined(seam, false).size());
    shape = std::max(shape, joined(seam, true).size());
    op = std::max(op, seam.op.size());
  }
  const auto line = [&](const std::string& first, const std::string& second, const std::string& third,
                        const std::string& rest) {
    return print("%-*s  %-*s  %-*s", static_cast<int>(name), first.c_str(), static_cast<int>(op), second.c_str(),
                 static_cast<int>(shape), third.c_str()) +
           rest + "\n";
  };
  std::string text = line("seam", "after", "tensors",
                          print("  %9s  %9s  %9s  %9s  %6s", "as it is", "8 bit", "head MMAC", "tail MMAC", "head %"));
  for (const Seam& seam : seams) {
    text +=
        line(joined(seam, false), seam.op, joined(seam, true),
             print("  %9s  %9s  %9.1f  %9.1f  %6.1f", bytes_text(static_cast<std::uint64_t>(seam.bytes)).c_str(),
                   bytes_text(static_cast<std::uint64_t>(seam.elements)).c_str(),
                   static_cast<double>(seam.head_macs) / 1e6, static_cast<double>(seam.tail_macs) / 1e6, share(seam)));
  }
  return text;
}

std::string seams_json(const std::vector<Seam>& seams) {
  nlohmann::json list = nlohmann::json::array();
  for (const Seam& seam : seams) {
    nlohmann::json tensors = nlohmann::json::array();
    for (const SeamTensor& tensor : seam.tensors) {
      const Shape& shape = tensor.type.shape;
      tensors.push_back({{"name", tensor.name},
                         {"type", to_string(tensor.type.dtype)},
                         {"shape", std::vector<std::int64_t>(shape.begin(), shape.end())}});
    }
    list.push_back({{"tensors", std::move(tensors)},
                    {"after", seam.after},
                    {"operator", seam.op},
                    {"bytes", seam.bytes},
                    {"bytes_8bit", seam.elements},
                    {"head_macs", seam.head_macs},
                    {"tail_macs", seam.tail_macs}});
  }
  return list.dump(2) + "\n";
}

}  // namespace weir::app

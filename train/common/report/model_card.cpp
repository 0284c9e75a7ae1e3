// SPDX-License-Identifier: Apache-2.0
#include "train/common/report/model_card.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "elastic/onnx_model.hpp"

namespace weir::train {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// A pipe or a line break in a cell would end it.
std::string cell(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  for (std::size_t i = 0; (i = text.find('|', i)) != std::string::npos; i += 2) text.insert(i, "\\");
  return text;
}

void table(std::ostream& out, const std::vector<std::string>& head, const Rows& rows) {
  const auto row = [&](const std::vector<std::string>& cells) {
    out << '|';
    for (const std::string& text : cells) out << ' ' << cell(text) << " |";
    out << '\n';
  };
  row(head);
  row(std::vector<std::string>(head.size(), "---"));
  for (const auto& cells : rows) row(cells);
  out << '\n';
}

void list(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& facts) {
  for (const auto& [name, value] : facts) out << "- " << name << ": " << value << '\n';
  if (!facts.empty()) out << '\n';
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void write_data(std::ostream& out, const ModelCard& card) {
  Rows rows;
  std::vector<std::string> restricted;
  for (const DataSource& data : card.data) {
    rows.push_back({data.name, data.used, data.licence, data.cite});
    if (data.non_commercial) restricted.push_back(data.name);
  }
  out << "## Data and what its licences mean\n\n";
  table(out, {"data", "used", "licence", "cite"}, rows);
  if (restricted.empty()) return;
  out << "**Not for commercial use.** " << join(restricted) << (restricted.size() == 1 ? " is" : " are")
      << " given for research or other non-commercial use only, and these weights were made from "
      << (restricted.size() == 1 ? "it" : "them")
      << ". Weir's code is under Apache-2.0; these weights are not: use them for research, teaching and evaluation, "
         "name the data sets above when you publish, and train on data of your own for anything else.\n\n";
}

Status write_files(std::ostream& out, const ModelCard& card) {
  Rows rows;
  for (const CardFile& file : card.files) {
    const Result<std::string> hash = file_sha256(file.path);
    if (!hash) return hash.error();
    std::error_code ignored;
    rows.push_back({"`" + file.path.filename().string() + "`", file.what,
                    std::to_string(std::filesystem::file_size(file.path, ignored)), "`" + *hash + "`"});
  }
  out << "## Files\n\n";
  table(out, {"file", "what", "bytes", "SHA-256"}, rows);
  return {};
}

Status write_whole(const std::filesystem::path& path, const std::string& text) {
  std::ofstream stream(path, std::ios::binary);
  stream << text;
  stream.close();
  if (stream) return {};
  return {Code::io, path.string() + " cannot be written; does its folder exist?"};
}

}  // namespace

std::string fixed(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

Result<std::string> format_model_card(const ModelCard& card) {
  std::ostringstream out;
  out << "# " << card.name << "\n\n" << card.purpose << "\n\n";
  out << "- Input: " << card.input << "\n- Output: " << card.output << '\n';
  if (!card.classes.empty()) out << "- Classes: " << join(card.classes) << '\n';
  list(out, card.network);
  if (card.network.empty()) out << '\n';

  out << "## Results\n\n";
  Rows rows;
  for (const CardResult& result : card.results) rows.push_back({result.measure, result.on, result.value});
  table(out, {"measure", "on", "value"}, rows);
  for (const std::string& limit : card.limits) out << "- " << limit << '\n';
  if (!card.limits.empty()) out << '\n';

  write_data(out, card);

  out << "## How it was trained\n\n```sh\n" << card.command << "\n```\n\n";
  list(out, card.training);
  if (!card.curves.empty()) out << "![Training curves](" << card.curves.filename().string() << ")\n\n";

  if (Status status = write_files(out, card); !status) return fail(status.error());
  std::string text = std::move(out).str();
  text.pop_back();  // sections end with an empty line, the file with one line end
  return text;
}

Status write_model_card(const std::filesystem::path& path, const ModelCard& card) {
  const Result<std::string> text = format_model_card(card);
  if (!text) return Error{text.error().code, "model card " + path.string() + ": " + text.error().text};
  return write_whole(path, *text);
}

Result<std::string> file_sha256(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return fail(Code::not_found, "file " + path.string() + " cannot be read");
  std::ostringstream content;
  content << stream.rdbuf();
  return sha256_hex(std::move(content).str());
}

Status write_sha256(const std::filesystem::path& path) {
  const Result<std::string> hash = file_sha256(path);
  if (!hash) return hash.error();
  return write_whole(path.string() + ".sha256", *hash + "  " + path.filename().string() + "\n");
}

}  // namespace weir::train

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir::train {

/// A number with so many digits after the point, as cards show it.
std::string fixed(double value, int digits);

/// One data set that a model learned from.
struct DataSource {
  std::string name;
  std::string used;     ///< what was taken of it: "train, 367 images with masks"
  std::string licence;  ///< "CC BY-NC-SA 3.0"
  std::string cite;     ///< publication; may be empty
  /// What follows for the weights: true adds that they must not be used commercially.
  bool non_commercial = false;
};

/// One measured number.
struct CardResult {
  std::string measure;  ///< "top-1"
  std::string on;       ///< data and conditions: "test half, 5,000 images"
  std::string value;    ///< with its unit
};

/// One file that belongs to the model. Its size and SHA-256 are taken when the card is written.
struct CardFile {
  std::filesystem::path path;
  std::string what;
};

/// What a reader must know before using a model.
struct ModelCard {
  std::string name;
  std::string purpose;  ///< what it is for, what it is not for
  std::string input;    ///< layout, range, order of colours
  std::string output;
  std::vector<std::string> classes;
  std::vector<std::pair<std::string, std::string>> network;   ///< "parameters" -> "0.36 M"
  std::string command;                                        ///< that made these weights
  std::vector<std::pair<std::string, std::string>> training;  ///< "seed" -> "1", "time" -> "38 min on 2 cores"
  std::vector<DataSource> data;
  std::vector<CardResult> results;
  std::vector<std::string> limits;  ///< what it does badly, one sentence each
  std::vector<CardFile> files;
  std::filesystem::path curves;  ///< PNG beside the card; may be empty
};

/// The card as Markdown. Code::not_found for a file that cannot be read.
Result<std::string> format_model_card(const ModelCard& card);

/// Writes it. Code::io names the path.
Status write_model_card(const std::filesystem::path& path, const ModelCard& card);

/// The SHA-256 of a file in lower-case hex. Code::not_found when it cannot be read.
Result<std::string> file_sha256(const std::filesystem::path& path);

/// Writes PATH.sha256 in the form that `sha256sum --check` reads.
Status write_sha256(const std::filesystem::path& path);

}  // namespace weir::train

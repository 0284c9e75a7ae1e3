// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "elastic/switchable/top1.hpp"
#include "train/common/data/image_tar.hpp"

namespace weir::train {

/// What train-slimmable wrote of one network.
struct SlimmableFiles {
  std::string name, head, tail;  ///< name, and the bytes of the models
  SwitchableSetups setups;
};

/// All FOLDER/NAME_setups.json with their models, by name. Errors: those of load_setups; Code::not_found for a model.
Result<std::vector<SlimmableFiles>> read_slimmable(const std::filesystem::path& folder);

/// Top-1 of the named setups of a network; an empty list means all.
Result<std::vector<SetupTop1>> score_setups(const SlimmableFiles& files, const ImageSet& test,
                                            const std::vector<std::string>& setups);

/// What JPEG at one quality costs, in bytes of an image, and leaves of the untouched network's top-1.
struct JpegScore {
  int quality = 0;
  double file_bytes = 0, coded_bytes = 0, top1 = 0;
};
Result<std::vector<JpegScore>> score_jpeg(const std::string& network, const ImageSet& test,
                                          const std::vector<int>& qualities);
Result<double> score_network(const std::string& network, const ImageSet& test);

/// Tables in Markdown. The grid's rows are channels, its columns bits.
std::string grid_table(const std::vector<SetupTop1>& grid, const SwitchableSetups& setups);

/// What setups of the shared network lose against networks that were trained for one setup each, with mean and worst.
std::string single_table(const std::vector<SetupTop1>& grid, const std::vector<SetupTop1>& singles);

/// The same loss of networks trained with some parts: largest, smallest and mean over the setups, one row a network.
std::string ablation_table(const std::vector<std::pair<std::string, std::vector<SetupTop1>>>& networks,
                           const std::vector<SetupTop1>& singles);

/// Each setup beside JPEG of as many bytes as it takes packed and coded, between the qualities that were measured; "-"
/// where JPEG takes more at the lowest.
std::string jpeg_table(const std::vector<SetupTop1>& grid, const std::vector<JpegScore>& jpeg);

}  // namespace weir::train

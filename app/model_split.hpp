// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/command.hpp"

namespace weir::app {

/// Adds `model seams` and `model split`.
void add_split_commands(CLI::App& model, Console& console, int& exit);

}  // namespace weir::app

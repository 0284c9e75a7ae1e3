// SPDX-License-Identifier: Apache-2.0
#include "bench/common/bench_main.hpp"

#include <string>
#include <string_view>

namespace weir::bench {

int bench_main(int argc, char** argv, const char* name, Status (*body)(Reporter&)) {
  bool brief = false;
  std::string targets_file = WEIR_SOURCE_DIR "/bench/targets.json";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--short") {
      brief = true;
    } else if (argument == "--targets" && i + 1 < argc) {
      targets_file = argv[++i];
    } else {
      note(std::string("bench_") + name + ": unknown argument \"" + argv[i] + "\"; known: --short, --targets FILE");
      return 2;
    }
  }
  auto targets = read_targets(targets_file);
  if (!targets) {
    note(targets.error().text);
    return 3;
  }
  Reporter reporter(name, *std::move(targets), brief);
  const Status status = body(reporter);
  if (status) return 0;
  note(std::string("bench ") + name + ": " + status.error().text);
  if (status.error().code != Code::unavailable) return 1;
  reporter.skip_rest(status.error().text);
  return 0;
}

}  // namespace weir::bench

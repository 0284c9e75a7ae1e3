// SPDX-License-Identifier: Apache-2.0
#include "bench/common/bench_main.hpp"

#include <iomanip>
#include <sstream>
#include <string>
#include <string_view>

#include "bench/common/machine.hpp"

namespace weir::bench {
namespace {

constexpr double kQuiet = 0.1;  // cores that others may use without a word

/// Tells the reader when other programs had a share in the figures.
class Company {
 public:
  ~Company() {
    const double others = (machine_cpu_seconds() - machine_) - (family_cpu_seconds() - own_);
    const double cores = others / (wall_seconds() - start_);
    if (cores < kQuiet) return;
    std::ostringstream text;
    text << std::fixed << std::setprecision(1) << "bench: other programs used " << cores
         << " cores meanwhile; figures that rest on time are not to be trusted";
    note(text.str());
  }

 private:
  double start_ = wall_seconds();
  double machine_ = machine_cpu_seconds();
  double own_ = family_cpu_seconds();
};

}  // namespace

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
  const Company company;
  Reporter reporter(name, *std::move(targets), brief);
  const Status status = body(reporter);
  if (status) return 0;
  note(std::string("bench ") + name + ": " + status.error().text);
  if (status.error().code != Code::unavailable) return 1;
  reporter.skip_rest(status.error().text);
  return 0;
}

}  // namespace weir::bench

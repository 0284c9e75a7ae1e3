// SPDX-License-Identifier: Apache-2.0
#include "bench/common/graph_run.hpp"

#include "bench/common/machine.hpp"
#include "bench/common/reporter.hpp"
#include "pipeline/launch_file.hpp"

namespace weir::bench {

Result<GraphRun> run_graph(const std::string& yaml, Registry& registry, RunOptions options) {
  auto spec = parse_launch(yaml, registry);
  if (!spec) return fail(Code::invalid, format_diagnostics("benchmark", spec.error()));
  options.warn = [](const std::string& text) { note("  " + text); };
  auto runtime = Runtime::create(*std::move(spec), std::move(options));
  if (!runtime) return fail(runtime.error());
  if (Status status = (*runtime)->start(); !status) return fail(status.error());
  const double cpu = cpu_seconds();
  if (Status status = (*runtime)->wait(); !status) return fail(status.error());
  return GraphRun{(*runtime)->snapshot(), cpu_seconds() - cpu};
}

}  // namespace weir::bench

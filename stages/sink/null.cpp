// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include "pipeline/stage.hpp"
#include "stages/sink/stages.hpp"

namespace weir {
namespace {

/// Takes packets and does nothing with them.
class Null final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Takes anything and writes nothing: ends a graph whose report is all that is wanted.";
  static constexpr InAnyOf<> in{"in", "packets of any type"};
  static constexpr std::array inputs{in.info()};

  Status process(Context&) override { return {}; }
};

}  // namespace

Status add_sink_null(Registry& registry) { return registry.add<Null>("sink.null"); }

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/cloud_request.hpp"

#include "pipeline/channel/payload_codec.hpp"
#include "pipeline/channel/port_access.hpp"

namespace weir {

Result<std::shared_ptr<const Body>> write_request(const RemotePart& part, std::string_view stream, const Context& cx,
                                                  const Packet* part_of, std::size_t input) {
  BodyWriter writer;
  writer.begin_map(4).key("service").text(part.name);
  writer.key("stream").text(stream).key("frame").natural(cx.stamp().frame);
  writer.key("inputs").begin_array(part.inputs.size());
  for (std::size_t i = 0; i < part.inputs.size(); ++i) {
    const bool cut = part_of != nullptr && i == input;
    const Packet& packet = cut ? *part_of : PortAccess::input(cx, part.inputs[i].id);
    if (!packet)
      writer.nothing();
    else if (Status status = find_codec(packet.type().name)->write(writer, packet); !status)
      return fail(status.error());
  }
  return writer.finish();
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "bench/wire/ratios.hpp"

namespace weir::bench {

Also Ratios::also() const {
  return {{"messages_per_s", summarise(per_second).value},
          {"baseline_messages_per_s", summarise(plain_per_second).value},
          {"cpu_us", summarise(cpu_us).value},
          {"baseline_cpu_us", summarise(plain_cpu_us).value}};
}

Status compare(const Exchange& exchange, Ratios& ratios) {
  const auto plain = exchange_by_socket(exchange);
  if (!plain) return plain.error();
  const auto link = exchange_by_link(exchange);
  if (!link) return {Code::io, link.error().text};
  const auto messages = static_cast<double>(exchange.messages);
  ratios.rate.push_back(plain->seconds / link->seconds);
  ratios.cpu.push_back(link->cpu_seconds / plain->cpu_seconds);
  ratios.per_second.push_back(messages / link->seconds);
  ratios.plain_per_second.push_back(messages / plain->seconds);
  ratios.cpu_us.push_back(link->cpu_seconds * 1e6 / messages);
  ratios.plain_cpu_us.push_back(plain->cpu_seconds * 1e6 / messages);
  return {};
}

}  // namespace weir::bench

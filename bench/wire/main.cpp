// SPDX-License-Identifier: Apache-2.0
// Large messages over tcp and tls links against the plainest socket programs, in turns.
#include "bench/common/bench_main.hpp"
#include "bench/wire/certificates.hpp"
#include "bench/wire/exchange.hpp"
#include "bench/wire/ratios.hpp"

namespace weir::bench {
namespace {

Status measure(Reporter& reporter) {
  const WorkFolder folder;
  const auto tls = make_certificates(folder.path());
  if (!tls) return tls.error();
  Exchange tcp;
  tcp.messages = reporter.brief() ? 40 : 4000;
  Exchange checked = tcp;
  checked.check = true;
  Exchange secure = tcp;
  secure.scheme = Scheme::tls;
  secure.tls = *tls;
  secure.messages /= 3;
  Ratios plain_ratios, checked_ratios, secure_ratios;
  for (int i = 0; i < (reporter.brief() ? 1 : 7); ++i) {
    if (Status status = compare(tcp, plain_ratios); !status) return status;
    if (Status status = compare(checked, checked_ratios); !status) return status;
    if (Status status = compare(secure, secure_ratios); !status) return status;
  }
  reporter.print("tcp_unchecked", summarise(plain_ratios.rate), plain_ratios.also());
  reporter.print("tcp", summarise(checked_ratios.rate), checked_ratios.also());
  reporter.print("tls", summarise(secure_ratios.rate), secure_ratios.also());
  reporter.print("cpu", summarise(plain_ratios.cpu),
                 {{"checked", summarise(checked_ratios.cpu).value}, {"tls", summarise(secure_ratios.cpu).value}});
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "wire", weir::bench::measure); }

// SPDX-License-Identifier: Apache-2.0
// Two programs: one serves the drawn street over RTSP, is killed and comes back; the other goes on watching.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "tests/app/program.hpp"
#include "tests/support/reserved_port.hpp"

namespace weir::test {
namespace {

/// Frames that entered so far, by the program's own metrics; -1 when it does not answer.
double frames_in(httplib::Client& client) {
  const auto answer = client.Get("/metrics");
  if (!answer) return -1;
  const std::string name = "weir_frames_in_total{stream=\"camera\"} ";
  const std::size_t at = answer->body.find(name);
  return at == std::string::npos ? 0 : std::stod(answer->body.substr(at + name.size()));
}

/// Waits until more than `count` frames entered; false when the program is gone. The test's time limit ends the
/// waiting.
bool wait_for_more_than(httplib::Client& client, double count) {
  for (;;) {
    const double seen = frames_in(client);
    if (seen < 0) return false;
    if (seen > count) return true;
  }
}

TEST(Rtsp, WatcherOutlivesTheServer) {
  const TempFolder folder;
  const ReservedPort reserved;
  const std::string port = std::to_string(reserved.number());
  const std::string server = folder.write("server.yaml",
                                          "stages:\n"
                                          "  camera: {use: ingest.synthetic, width: 320, height: 96, detail: low}\n"
                                          "  out: {use: sink.rtsp, port: " +
                                              port + ", in: {frame: camera}}\n");
  const std::string watcher = folder.write("watcher.yaml",
                                           "stages:\n"
                                           "  camera: {use: ingest.rtsp, url: 'rtsp://127.0.0.1:" +
                                               port +
                                               "/weir', stall_timeout: 1 s}\n"
                                               "  end: {use: sink.null, in: camera}\n"
                                               "metrics: {listen: '127.0.0.1:0'}\n");

  // The watcher comes first, and waits for the server.
  Program watching = Program::pipeline({"--launch", watcher, "--report", folder.file("report")});
  ASSERT_TRUE(watching.wait_for_error_text("/metrics\n")) << watching.error_text();
  const std::size_t begin = watching.error_text().find("http://");
  httplib::Client client(watching.error_text().substr(begin, watching.error_text().find("/metrics") - begin));
  double seen = 0;
  for (int life = 0; life < 2; ++life) {
    Program serving = Program::pipeline({"--launch", server, "--realtime"});
    ASSERT_TRUE(wait_for_more_than(client, seen + 3)) << "life " << life << ": " << watching.error_text();
    serving.signal(SIGKILL);
    serving.wait();
    seen = frames_in(client);
  }
  watching.signal(SIGINT);
  const Finished run = watching.wait();
  EXPECT_EQ(run.exit, 0) << run.err;
  const auto frames = nlohmann::json::parse(read_text(folder.file("report/report.json"))).at("frames");
  EXPECT_GE(frames.at("full").get<double>(), 8);
}

}  // namespace
}  // namespace weir::test

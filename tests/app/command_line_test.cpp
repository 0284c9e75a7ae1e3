// SPDX-License-Identifier: Apache-2.0
// The program as a user meets it: help, exit codes, error texts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSmallGraph =
    "name: small\n"
    "stages:\n"
    "  camera: {use: ingest.synthetic, width: 160, height: 48, frames: 5, detail: low}\n"
    "  end: {use: sink.null, in: camera}\n";

TEST(CommandLine, HelpHasExamplesEverywhere) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"--help"}, {"stages", "--help"}, {"eval", "--help"}, {"replay", "--help"}}) {
    const Finished run = run_pipeline(command);
    EXPECT_EQ(run.exit, 0);
    EXPECT_THAT(run.out, HasSubstr("Example"));
    EXPECT_EQ(run.err, "");
  }
}

TEST(CommandLine, VersionNamesTheEngine) {
  const Finished run = run_pipeline({"--version"});
  EXPECT_EQ(run.exit, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("weir "), HasSubstr("open")));
}

TEST(CommandLine, NothingToDoIsBadUsage) {
  const Finished run = run_pipeline({});
  EXPECT_EQ(run.exit, 2);
  EXPECT_THAT(run.err, HasSubstr("--launch FILE"));
}

TEST(CommandLine, UnknownOptionGetsTheNearestName) {
  const Finished run = run_pipeline({"--lanch", "x.yaml"});
  EXPECT_EQ(run.exit, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("--lanch"), HasSubstr("did you mean --launch?")));
}

TEST(CommandLine, BadValuesAreBadUsage) {
  EXPECT_EQ(run_pipeline({"--launch", "x.yaml", "--frames", "-3"}).exit, 2);
  EXPECT_EQ(run_pipeline({"--launch", "x.yaml", "--fast", "--realtime"}).exit, 2);
  EXPECT_EQ(run_pipeline({"--launch", "x.yaml", "--dot"}).exit, 2);
  EXPECT_EQ(run_pipeline({"--launch", "x.yaml", "--duration", "soon"}).exit, 2);
  const Finished set = run_pipeline({"--launch", "x.yaml", "--set", "stages.camera"});
  EXPECT_EQ(set.exit, 2);
  EXPECT_THAT(set.err, HasSubstr("KEY=VALUE"));
}

TEST(CommandLine, MissingLaunchFileIsNamed) {
  const Finished run = run_pipeline({"--launch", "nowhere.yaml"});
  EXPECT_EQ(run.exit, 3);
  EXPECT_THAT(run.err, HasSubstr("nowhere.yaml"));
}

TEST(CommandLine, EveryMistakeOfALaunchFileIsToldAtOnce) {
  const TempFolder folder;
  const std::string file = folder.write("bad.yaml",
                                        "name: bad\n"
                                        "stages:\n"
                                        "  camera: {use: ingest.synthetic, widht: 160}\n"
                                        "  end: {use: sink.nul, in: camera}\n");
  const Finished run = run_pipeline({"--launch", file});
  EXPECT_EQ(run.exit, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("bad.yaml:3:"), HasSubstr("widht"), HasSubstr("width"), HasSubstr("bad.yaml:4:"),
                             HasSubstr("sink.nul"), HasSubstr("sink.null")));
}

TEST(CommandLine, CheckPrintsTheGraphAndRunsNothing) {
  const TempFolder folder;
  const std::string file = folder.write("small.yaml", kSmallGraph);
  const Finished check = run_pipeline({"--launch", file, "--check", "--set", "stages.camera.width=320"});
  EXPECT_EQ(check.exit, 0) << check.err;
  EXPECT_THAT(check.out, AllOf(HasSubstr("ingest.synthetic"), HasSubstr("width: 320"), HasSubstr("camera.frame"),
                               HasSubstr("when_full: wait"), HasSubstr("config sha256")));
  const Finished dot = run_pipeline({"--launch", file, "--check", "--dot"});
  EXPECT_EQ(dot.exit, 0) << dot.err;
  EXPECT_THAT(dot.out, HasSubstr("digraph"));
}

TEST(CommandLine, SummaryAndReportAgreeAndPipesGetNoEscapes) {
  const TempFolder folder;
  const std::string file = folder.write("small.yaml", kSmallGraph);
  const Finished run = run_pipeline({"--launch", file, "--report", folder.file("report"), "--seed", "7"});
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("small: 5 frames"), HasSubstr("full 5")));
  EXPECT_THAT(run.out + run.err, Not(HasSubstr("\x1b")));
  const auto report = nlohmann::json::parse(read_text(folder.file("report/report.json")));
  EXPECT_EQ(report.at("frames").at("in"), 5);
  EXPECT_EQ(report.at("frames").at("full"), 5);
  EXPECT_EQ(report.at("seed"), 7);
  for (const char* key : {"latency_ms", "fps", "bytes", "stages", "machine", "config_sha256"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
  EXPECT_FALSE(report.at("machine").at("version").get<std::string>().empty());
  EXPECT_FALSE(report.at("machine").at("engine").get<std::string>().empty());
}

TEST(CommandLine, JsonIsTheReportOnStandardOutput) {
  const TempFolder folder;
  const Finished run = run_pipeline({"--launch", folder.write("small.yaml", kSmallGraph), "--json", "--frames", "3"});
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(run.out).at("frames").at("in"), 3);
}

TEST(CommandLine, ReportFolderThatCannotBeMadeIsFoundBeforeTheRun) {
  const TempFolder folder;
  const std::string file = folder.write("small.yaml", kSmallGraph);
  const Finished run = run_pipeline({"--launch", file, "--report", file + "/inside"});
  EXPECT_EQ(run.exit, 1);
  EXPECT_THAT(run.err, HasSubstr("inside"));
  EXPECT_EQ(run.out, "");
}

TEST(CommandLine, MissingModelSaysHowToGoOn) {
  const Finished run = run_pipeline({"--launch", "launch/demo.yaml", "--set", "stages.detect.model=models/none.onnx"});
  EXPECT_EQ(run.exit, 3);
  EXPECT_THAT(run.err, AllOf(HasSubstr("detect"), HasSubstr("model"), HasSubstr("models/none.onnx"),
                             HasSubstr("--set stages.detect.model=PATH"), HasSubstr("launch/synthetic.yaml")));
}

TEST(CommandLine, MissingInputIsNamed) {
  const TempFolder folder;
  const std::string file = folder.write("video.yaml",
                                        "stages:\n"
                                        "  camera: {use: ingest.video, path: nowhere.mp4}\n"
                                        "  end: {use: sink.null, in: camera}\n");
  const Finished run = run_pipeline({"--launch", file});
  EXPECT_EQ(run.exit, 3);
  EXPECT_THAT(run.err, AllOf(HasSubstr("camera"), HasSubstr("path"), HasSubstr("nowhere.mp4")));
}

TEST(CommandLine, PortInUseIsNamed) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;  // A second program must not slip onto a port whose owner would allow it.
  setsockopt(socket_fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(socket_fd, 1), 0);
  socklen_t size = sizeof(address);
  ASSERT_EQ(getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string listen_at = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));

  const TempFolder folder;
  const Finished run =
      run_pipeline({"--launch", folder.write("small.yaml", kSmallGraph), "--set", "metrics.listen=" + listen_at});
  close(socket_fd);
  EXPECT_EQ(run.exit, 1);
  EXPECT_THAT(run.err,
              AllOf(HasSubstr("metrics.listen"), HasSubstr(listen_at), HasSubstr("in use"), HasSubstr("--set")));
  EXPECT_EQ(run.out, "") << "no frame may have run";
}

}  // namespace
}  // namespace weir::test

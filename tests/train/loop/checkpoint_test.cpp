// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/checkpoint.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "tests/train/loop/tiny.hpp"

namespace weir::train {
namespace {

using testing::HasSubstr;
using testing::Not;

class CheckpointFile : public testing::Test {
 protected:
  CheckpointFile() {
    std::filesystem::remove_all(folder_);
    one_.step = 1;
    one_.tensors = {{"a", torch::arange(6, torch::kFloat).view({2, 3})}, {"flag", torch::tensor(true)}};
    one_.values = {{"seed", "7"}};
    one_.curves["loss"] = {{1, 0.1}, {2, 1.0 / 3}};
    two_ = one_;
    two_.step = 2;
  }

  std::string read() const {
    std::ifstream stream(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }

  std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "weir_checkpoint";
  std::filesystem::path path_ = folder_ / "net.ckpt";
  Checkpoint one_, two_;
};

TEST_F(CheckpointFile, GivesBackWhatItHolds) {
  ASSERT_TRUE(save_checkpoint(one_, path_));
  const auto read = load_checkpoint(path_);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->step, 1);
  EXPECT_EQ(read->values, one_.values);
  ASSERT_EQ(read->curves.at("loss").size(), 2U);
  EXPECT_EQ(read->curves.at("loss")[1].y, 1.0 / 3);
  ASSERT_EQ(read->tensors.size(), 2U);
  EXPECT_TRUE(read->tensors[0].second.equal(one_.tensors[0].second));
  EXPECT_TRUE(read->tensors[1].second.item<bool>());
}

TEST_F(CheckpointFile, RefusesATruncatedFileAndKeepsThePrevious) {
  ASSERT_TRUE(save_checkpoint(one_, path_));
  ASSERT_TRUE(save_checkpoint(two_, path_));
  const std::string whole = read();
  for (const std::size_t size : {whole.size() - 1, whole.size() / 2, std::size_t{9}, std::size_t{0}}) {
    write(whole.substr(0, size));
    const auto refused = load_checkpoint(path_);
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().code, Code::corrupt);
    EXPECT_THAT(refused.error().text, HasSubstr(path_.string()));
    EXPECT_THAT(refused.error().text, HasSubstr("--resume " + path_.string() + ".previous"));
  }
  const auto previous = load_checkpoint(path_.string() + ".previous");
  ASSERT_TRUE(previous) << previous.error().text;
  EXPECT_EQ(previous->step, 1);
}

TEST_F(CheckpointFile, RefusesAnAlteredFile) {
  ASSERT_TRUE(save_checkpoint(one_, path_));
  std::string bytes = read();
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write(bytes);
  const auto refused = load_checkpoint(path_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("altered"));
  EXPECT_THAT(refused.error().text, HasSubstr("start without --resume"));
}

TEST_F(CheckpointFile, NamesAFolderThatCannotBeWritten) {
  std::filesystem::create_directories(folder_);
  write("a file, not a folder");
  const Status status = save_checkpoint(one_, path_ / "net.ckpt");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::io);
  EXPECT_THAT(status.error().text, HasSubstr((path_ / "net.ckpt").string()));
}

TEST_F(CheckpointFile, OfAnotherNetIsRefusedAndChangesNothing) {
  Tiny tiny;
  auto captured = capture(tiny.parts, 3);
  ASSERT_TRUE(captured);
  captured->tensors[0].second = torch::zeros({2, 2});
  const std::string before = tiny.bits();
  const Status status = restore(*captured, tiny.parts);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr(tiny.parts.tensors[0].first));
  EXPECT_TRUE(tiny.bits() == before);
}

TEST_F(CheckpointFile, OfAnotherOptimiserIsRefused) {
  Tiny adamw;
  adamw.options.steps = 2;
  ASSERT_TRUE(adamw.train());
  const auto captured = capture(adamw.parts, 2);
  ASSERT_TRUE(captured);
  Tiny sgd(true);
  const Status status = restore(*captured, sgd.parts);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("optimiser"));
}

}  // namespace
}  // namespace weir::train

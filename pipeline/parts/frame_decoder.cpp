// SPDX-License-Identifier: Apache-2.0
#include "pipeline/parts/frame_decoder.hpp"

#include <atomic>
#include <mutex>
#include <vector>

namespace weir {
namespace {

std::atomic<MakeFrameDecoder> make_decoder{nullptr};

/// Decoders that nobody uses just now; a decoder may keep threads and memory of its own, so none is made per image.
class IdleDecoders {
 public:
  std::unique_ptr<FrameDecoder> take(MakeFrameDecoder make) {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return make();
    auto decoder = std::move(idle_.back());
    idle_.pop_back();
    return decoder;
  }
  void give(std::unique_ptr<FrameDecoder> decoder) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMost) idle_.push_back(std::move(decoder));
  }

 private:
  static constexpr std::size_t kMost = 16;
  std::mutex mutex_;
  std::vector<std::unique_ptr<FrameDecoder>> idle_;
};

}  // namespace

void set_frame_decoder(MakeFrameDecoder make) { make_decoder = make; }

Result<Packet> decoded(const Packet& frame, detail::Pool<Frame>& pool) {
  const Frame& from = *frame.get<Frame>();
  if (from.encoding == ImageEncoding::raw) return frame;
  const MakeFrameDecoder make = make_decoder.load();
  if (!make) return fail(Code::unavailable, "an encoded image came, and this program has no decoder for it");
  static IdleDecoders decoders;
  auto decoder = decoders.take(make);
  auto* made = pool.take();
  Packet packet(made);
  const Status status = decoder->decode(from, made->value);
  if (!status) return fail(status.error());  // the decoder goes too: it may have been left in the middle of a stream
  decoders.give(std::move(decoder));
  made->value.origin_x = from.origin_x;
  made->value.origin_y = from.origin_y;
  made->stamp = frame.stamp();
  made->quality = frame.quality();
  return packet;
}

}  // namespace weir

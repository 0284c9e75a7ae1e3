// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/pieces.hpp"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

using Fate = CloudReceipt::Fate;

constexpr std::size_t kMostBytes = std::size_t{16} << 20;  // of a code that is put together

}  // namespace

PieceJoiner::Begun* PieceJoiner::find(std::uint64_t frame) {
  const auto found = std::ranges::find(begun_, frame, &Begun::frame);
  return found == begun_.end() ? nullptr : &*found;
}

/// A place for a frame that is not here yet, in place of the oldest; null where that is newer.
PieceJoiner::Begun* PieceJoiner::begin(std::uint64_t frame) {
  Begun& oldest = *std::ranges::min_element(begun_, {}, &Begun::frame);  // one that holds none comes first
  if (oldest.frame && *oldest.frame > frame) return nullptr;
  oldest.frame = frame;
  oldest.next = 0;
  oldest.bytes.clear();
  return &oldest;
}

bool PieceJoiner::join(std::uint64_t frame, const CodedFrame& piece, Duration remaining, CodedFrame& to) {
  Begun* code = find(frame);
  if (!code && piece.piece == 0) code = begin(frame);
  if (!code || piece.piece != code->next || code->bytes.size() + piece.bytes.size() > kMostBytes) return false;
  ++code->next;
  code->bytes.insert(code->bytes.end(), piece.bytes.begin(), piece.bytes.end());
  if (piece.piece == 0) code->half = remaining / 2;
  if (piece.piece > 0 && code->next < piece.pieces && remaining > code->half) return false;
  to.describe_as(piece);
  return to.fill([&](std::vector<std::uint8_t>& own) {
    own.assign(code->bytes.begin(), code->bytes.end());
    return true;
  });
}

PieceReceipts::PieceReceipts(std::vector<std::size_t> bytes, Teller tell)
    : bytes_(std::move(bytes)), tell_(std::move(tell)), missing_(bytes_.size()) {}

void PieceReceipts::tell(std::size_t piece, const CloudReceipt& receipt) {
  const std::lock_guard lock(mutex_);
  const bool done = receipt.fate == Fate::answered || receipt.fate == Fate::late;
  done_ += done ? 1 : 0;
  late_ = late_ || receipt.fate == Fate::late;
  lost_ = lost_ || receipt.fate == Fate::lost;
  refused_ = refused_ || receipt.fate == Fate::refused;
  if (receipt.fate != Fate::unsent && receipt.fate != Fate::lost) {
    arrived_ += bytes_[piece];
    if (receipt.elapsed >= last_.elapsed) last_ = receipt;
  }
  if (--missing_ > 0) return;
  CloudReceipt whole = last_;
  if (done_ == bytes_.size()) {
    whole.fate = late_ ? Fate::late : Fate::answered;
    return tell_(whole, arrived_);
  }
  whole.elapsed -= whole.service;
  whole.service = {};
  whole.fate = lost_ ? Fate::lost : refused_ ? Fate::refused : arrived_ > 0 ? Fate::skipped : Fate::unsent;
  if (arrived_ == 0) whole.elapsed = receipt.elapsed;
  tell_(whole, arrived_);
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "pipeline/reason.hpp"

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace weir {
namespace {

/// All texts by id. Reading takes no lock: an id exists only after its text was published.
class Table {
 public:
  Table() {
    for (const std::string_view text :
         {"", "queue_full", "late", "source_busy", "decode_error", "stopped", "no_output", "before_start"}) {
      add(text);
    }
  }

  std::uint16_t id_of(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (const auto found = ids_.find(text); found != ids_.end()) return found->second;
    return count_ < kOther ? add(text) : kOther;
  }

  std::string_view text(std::uint16_t id) const {
    if (id == kOther) return "other";
    const std::string* text = texts_[id].load(std::memory_order_acquire);
    return text ? std::string_view(*text) : std::string_view();
  }

 private:
  /// What all texts beyond the table's size share, so that made-up reasons cannot eat the memory.
  static constexpr std::uint16_t kOther = 65535;

  std::uint16_t add(std::string_view text) {
    const auto id = static_cast<std::uint16_t>(count_++);
    const auto entry = ids_.emplace(std::string(text), id).first;
    texts_[id].store(&entry->first, std::memory_order_release);
    return id;
  }

  std::mutex mutex_;
  std::map<std::string, std::uint16_t, std::less<>> ids_;  // its nodes never move
  std::array<std::atomic<const std::string*>, kOther> texts_{};
  std::uint32_t count_ = 0;
};

Table& table() {
  // Never destroyed: reasons are read by threads that may outlive static objects.
  static Table* const instance = std::make_unique<Table>().release();
  return *instance;
}

}  // namespace

Reason Reason::intern(std::string_view text) { return Reason(table().id_of(text)); }

std::string_view Reason::text() const { return table().text(id_); }

}  // namespace weir

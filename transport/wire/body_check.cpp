// SPDX-License-Identifier: Apache-2.0
#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // AVX2 or AVX-512 where the processor has it: less than half the time of SSE2
#endif

#include <new>

#include "transport/wire/frame_header.hpp"

namespace weir {
namespace {

XXH3_state_t* state_of(void* state) { return static_cast<XXH3_state_t*>(state); }

}  // namespace

BodyCheck::BodyCheck() : state_(XXH3_createState()) {
  if (state_ == nullptr) throw std::bad_alloc();
  reset();
}

BodyCheck::~BodyCheck() { XXH3_freeState(state_of(state_)); }

void BodyCheck::reset() { XXH3_64bits_reset(state_of(state_)); }

void BodyCheck::add(std::span<const std::uint8_t> bytes) {
  if (!bytes.empty()) XXH3_64bits_update(state_of(state_), bytes.data(), bytes.size());
}

std::uint32_t BodyCheck::value() const { return static_cast<std::uint32_t>(XXH3_64bits_digest(state_of(state_))); }

}  // namespace weir

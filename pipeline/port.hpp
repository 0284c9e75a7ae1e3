// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include "pipeline/packet.hpp"

namespace weir {

/// What the runtime and the documentation know of a port before any stage exists.
struct PortInfo {
  std::string_view name{};
  std::string_view help{};
  bool optional = false;                        ///< inputs: a gap there does not stop the call
  std::span<const PayloadType* const> types{};  ///< accepted (input) or the one put (output); empty = any
  std::shared_ptr<detail::PoolBase> (*make_pool)() = nullptr;  ///< outputs only
  const void* id = nullptr;                                    ///< address of the declaring constant
};

namespace detail {
template <typename... Ts>
inline constexpr std::array<const PayloadType*, sizeof...(Ts)> kTypes{&kPayloadType<Ts>...};
}

/// Whether an input must have its token as a packet.
enum class Need : bool { required, optional };

/// An input port for any of the payload types Ts; with none given, for every type. Declared `static constexpr`.
template <typename... Ts>
class InAnyOf {
 public:
  constexpr InAnyOf(std::string_view name, std::string_view help, Need need = Need::required)
      : name_(name), help_(help), need_(need) {}
  constexpr PortInfo info() const {
    return {name_,   help_, need_ == Need::optional, std::span<const PayloadType* const>(detail::kTypes<Ts...>),
            nullptr, this};
  }
  constexpr const void* id() const { return this; }

 private:
  std::string_view name_;
  std::string_view help_;
  Need need_;
};

/// An input port for payload T.
template <typename T>
class In : public InAnyOf<T> {
 public:
  using InAnyOf<T>::InAnyOf;
};

/// An output port for payload T. Declared `static constexpr`.
template <typename T>
class Out {
 public:
  constexpr Out(std::string_view name, std::string_view help) : name_(name), help_(help) {}
  constexpr PortInfo info() const {
    return {name_,
            help_,
            false,
            std::span<const PayloadType* const>(detail::kTypes<T>),
            [] { return std::shared_ptr<detail::PoolBase>(std::make_shared<detail::Pool<T>>()); },
            this};
  }
  constexpr const void* id() const { return this; }

 private:
  std::string_view name_;
  std::string_view help_;
};

}  // namespace weir

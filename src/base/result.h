// A value or the reason why there is none; what C++23 calls std::expected.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace gatepost {

// Why something could not be had, in words for a person.
struct Error {
  std::string message;
};

// Holds a T or an Error. Reading the side that is not there is a bug (std::bad_variant_access).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& { return std::get<0>(content_); }
  T& value() & { return std::get<0>(content_); }
  T&& value() && { return std::get<0>(std::move(content_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const std::string& error() const { return std::get<1>(content_).message; }

 private:
  std::variant<T, Error> content_;
};

// Success without a value.
struct Done {};
using Status = Result<Done>;

}  // namespace gatepost

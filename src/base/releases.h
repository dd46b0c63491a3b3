// Hands what a C library made back to it, at the end of a std::unique_ptr.
#pragma once

namespace gatepost {

// std::unique_ptr<BIO, Releases<BIO_free>>
template <auto Function>
struct Releases {
  template <typename T>
  void operator()(T* object) const {
    Function(object);
  }
};

}  // namespace gatepost

// Our endpoints as Asio's and back.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>

#include "model/address.h"

namespace gatepost {

// A scope id is dropped.
inline Endpoint from_asio(const boost::asio::ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  if (address.is_v4()) return {Address::v4(address.to_v4().to_uint()), endpoint.port()};
  return {Address::from_bytes(address.to_v6().to_bytes()), endpoint.port()};
}

inline boost::asio::ip::tcp::endpoint to_asio(const Endpoint& endpoint) {
  using boost::asio::ip::address_v4;
  using boost::asio::ip::address_v6;
  if (endpoint.address.is_v4()) return {address_v4(endpoint.address.v4_bits()), endpoint.port};
  address_v6::bytes_type bytes;
  std::copy(endpoint.address.bytes().begin(), endpoint.address.bytes().end(), bytes.begin());
  return {address_v6(bytes), endpoint.port};
}

}  // namespace gatepost

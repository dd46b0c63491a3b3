// The one file that holds the compiled bodies of Boost.Asio and Boost.Beast; see packages.cmake.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>

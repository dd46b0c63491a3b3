// Parts of `GET /v1/status` in a few words each, for `status` and `top`. Everything is printable.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace gatepost {

// What to do, a sentence each; none where all is well.
std::vector<std::string> advice_in(const boost::json::object& status);

// "All is well." or "Not all is well:", which the advice goes on.
std::string wellness(const boost::json::object& status);

// "0.1.0 as mx.example.org, mode enforce".
std::string gate_in_words(const boost::json::object& status);

// Where traffic comes in and who is told of bans, the first few of each; empty where there is none.
std::string doors_in_words(const boost::json::object& status);

// The DNS lists and how each is, the first few; empty where there is none.
std::string lists_in_words(const boost::json::object& status);

// Connections that were turned away at connect since the start, for whatever reason.
double turned_away(const boost::json::object& status);

}  // namespace gatepost

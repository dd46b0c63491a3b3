// How one answer of a DNS list is to be taken.
#pragma once

#include <string>
#include <vector>

#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

struct ListReply {
  enum class Kind {
    unlisted,
    listed,
    blank,    // 127.0.0.1 alone: never counts, some lists refuse questions by it
    refused,  // 127.255.255.0/24: the list's error codes
    foreign,  // not in 127.0.0.0/8: no answer of a list, but of whoever has its name now
    unknown,  // no answer in time, or one that cannot be read
  };
  Kind kind = Kind::unknown;
  std::vector<Address> codes;  // listed: those that count; refused, foreign: the first that is one
  Duration took{};
  bool of_list = true;  // it was asked for this: not remembered, nor for want of room to ask
};

// Of the addresses that were found. One that is foreign or an error spoils all of them.
ListReply read_list_reply(const std::vector<Address>& addresses);

// What is wrong, for refused, foreign and blank, in words behind the list's name: "answers …".
std::string describe_refusal(const ListReply& reply);

}  // namespace gatepost

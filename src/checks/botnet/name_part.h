// Which part of a name says what its line is, and which only whose it is.
#pragma once

#include <string>
#include <string_view>

namespace gatepost {

// All that stands before the last two labels, as the Botnet plugin has it; empty where there is
// nothing. An empty label at the end is none, and "a..b" has one that is.
std::string_view before_two_labels(std::string_view name);

// All that stands before the domain that somebody registered ("host1.pool" of
// "host1.pool.example.co.uk"), by the public suffixes that registries have; those of private
// parties, as of cloud providers, are domains like others. `name` is in lower case without a dot
// at its end.
std::string_view before_registered_domain(const std::string& name);

}  // namespace gatepost

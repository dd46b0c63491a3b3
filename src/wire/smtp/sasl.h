// The lines of an AUTH exchange: whether one may be passed on, and which login it names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatepost {

// True for what a client may say in an exchange (RFC 4954 4, without CRLF): base64, which may be
// empty; "=", the empty initial response; "*", which cancels. Only the alphabet is looked at, with
// at most two '=' at the end: whether it decodes is the backend's to say.
bool is_sasl_line(std::string_view line);

// The authentication identity of a response of PLAIN (RFC 4616 2). Nothing where the base64 is not
// whole, or the name is empty, over 255 octets or holds control characters. The password behind it
// is never decoded.
std::optional<std::string> login_of_plain(std::string_view base64);

// The same of LOGIN's first response, which is the name alone.
std::optional<std::string> login_of_login(std::string_view base64);

}  // namespace gatepost

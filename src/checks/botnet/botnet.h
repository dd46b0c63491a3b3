// Names that betray a consumer's line, as the Botnet plugin for SpamAssassin judges them, and a
// graded verdict beyond it.
#pragma once

#include "checks/check.h"

namespace gatepost {

// None of them finds anything where the client is passed over (logged in, its address or confirmed
// domain on a list), nor of what is unknown.

// The classes of a name that is judged; none of one that is not. Asked once in a judgement.
const NameClasses& classes_in(const Evidence& evidence);

std::optional<Hit> look_for_no_name(const Evidence& evidence);
std::optional<Hit> look_for_bad_name(const Evidence& evidence);  // that does not lead back
std::optional<Hit> look_for_ip_in_name(const Evidence& evidence);
std::optional<Hit> look_for_client_words(const Evidence& evidence);
std::optional<Hit> look_for_client_name(const Evidence& evidence);
std::optional<Hit> look_for_name_strength(const Evidence& evidence);

// These two speak for the client, and never weigh against it.
std::optional<Hit> look_for_server_words(const Evidence& evidence);
std::optional<Hit> look_for_small_office(const Evidence& evidence);

}  // namespace gatepost

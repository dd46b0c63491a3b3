// Clients that a list of banned addresses names, one by one: they are jailed, and let out when they
// are gone from it.
#pragma once

#include "ops/control/call.h"

namespace gatepost {

struct ListedClient {
  ClientKey client;
  std::string_view source;
  WallTime until = kNever;
  std::string_view reason;  // as the list tells it
};

enum class Listed { banned, renewed, unchanged };

// Whether two ends of one ban are the same to who imports a list again and again.
bool is_about_the_same(WallTime one, WallTime other, WallTime now);

// What jailing it would change: nothing where it serves a longer sentence for something else.
// A second import of the same list is no second offence: the sentence only lasts longer.
Listed look_at_listed(const Call& call, const ListedClient& listed);
// The same, and it is changed. Not flushed.
Listed jail_listed(const Call& call, const ListedClient& listed);

// Ends the sentence that it serves for this list; false where it serves none.
bool let_out_listed(const Call& call, const ClientKey& client, std::string_view source);

// Whether that sentence was given for this list.
bool is_for_list(const Sentence& sentence, std::string_view source);

}  // namespace gatepost

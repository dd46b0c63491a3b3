// One client as the operator sees it: its record in the light of settings and exceptions.
#pragma once

#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <vector>

#include "gate/ports/ledger.h"
#include "gate/settings.h"
#include "model/client_name.h"
#include "policy/jail_sentence.h"

namespace gatepost {

// Why a client is never blocked, or mail to a recipient.
struct FoundException {
  Excepted whom;       // a recipient of the settings may be without domain
  std::string source;  // "trusted", "settings" or "operator"
  std::string reason;
  WallTime added = kNever;  // kNever for those of the settings
};

// All there are: trusted, those of the settings, those of the ledger, in this order.
std::vector<FoundException> all_exceptions(const Settings& settings, const Ledger& ledger);
// The first of them that a client falls under, by its address or by its name.
std::optional<FoundException> exception_of(const Settings& settings, const Ledger& ledger,
                                           const Address& address);
std::optional<FoundException> exception_of(const Settings& settings, const Ledger& ledger,
                                           const ClientName& name);

// Its last sessions as in the journal, the newest first.
boost::json::array last_sessions(const Ledger& ledger, const ClientKey& client);
// What the DNS called it when it was last here, as far as these tell.
ClientName last_name(const boost::json::array& sessions);

// One of this host, which is judged and never jailed; but in a trial one plays the bot from it.
bool is_own_address(const Settings& settings, const Address& address);

// The sentence that counts in this mode, as for the judge: in mode observe the observed one, so
// that an administrator sees beforehand what `enforce` would do.
struct CountingSentence {
  Sentence sentence;
  bool observed = false;
  std::optional<NetworkBan> network;  // whose sentence it is, where it is not the client's own
};
CountingSentence counting_sentence(const Settings& settings, const Record& record);
// The same, or that of a banned network where it lasts longer.
CountingSentence counting_sentence(const Settings& settings, const Ledger& ledger,
                                   const Address& address, const Record& record, WallTime now);

State state_in_mode(const Settings& settings, const Ledger& ledger, const Address& address,
                    const Record& record, bool excepted, WallTime now);

// "trap", or the remark of the operator whose sentence it is.
std::string reason_of(const Sentence& sentence, const Record& record);
// "gate", "operator", or the log that it was mined from, or the list that was imported, a long path
// by its end.
std::string source_of(const Sentence& sentence, const Record& record);
// The same, of a network as of its ban.
std::string reason_of(const CountingSentence& counting, const Record& record);
std::string source_of(const CountingSentence& counting, const Record& record);

// "421 at connect"
std::string_view answer_words(JailAnswer answer);

// The fact that the client was sentenced for, as long as the journal keeps its verdict.
std::string fact_behind(const Ledger& ledger, const Sentence& sentence);

// An address, or the /64 in which IPv6 clients are counted.
std::optional<Address> parse_client(std::string_view text);

}  // namespace gatepost

// The one place of the words that stand in the log; docs/formats/log.md describes them, other
// programs read them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gate/settings.h"
#include "model/ban.h"
#include "model/finding.h"
#include "model/record.h"
#include "model/session_facts.h"

namespace gatepost {

// Each gives one line without its newline: a first word that says what it is, then key=value pairs
// in a fixed order. All is printable ASCII, whatever the client sent.

std::string session_line(const SessionSummary& summary, JournalSettings::Addresses addresses);
std::string verdict_line(const Verdict& verdict, const SessionFacts& facts,
                         JournalSettings::Addresses addresses);
std::string sentence_line(const ClientKey& client, const Sentence& sentence, bool observed);

// What is carried beyond the gate, and to whom: "nftables", "dry-run", or several with a comma.
std::string ban_line(const Ban& ban, std::string_view by);
std::string lift_line(const Network& network, std::string_view by);
// So many bans and lifts are not told.
std::string left_out_line(std::uint64_t count, std::string_view by);
// Whether networks that are banned as a whole are left to the gate, as names are excepted.
std::string networks_line(bool left_out, std::string_view by);

// `word` is one of the stable words of the gate, `text` a sentence for a person; `again` is how
// often it came since it was last written.
std::string alarm_line(std::string_view word, std::string_view text, std::uint64_t again);

// What an operator did: "ban 192.0.2.1", with the remark given; `by` is who that was to us, `from`
// the address of those who came over the web.
std::string operator_line(std::string_view action, std::string_view target, std::string_view remark,
                          std::string_view by, std::string_view from);

std::string start_line(const Settings& settings, std::string_view version);
// What the kernel keeps from us (host/sandbox.h); `trouble` says why not all of it.
std::string sandbox_line(int landlock, bool calls, std::string_view trouble);
std::string stop_line(std::string_view reason);
std::string reload_line(const Status& outcome);

}  // namespace gatepost

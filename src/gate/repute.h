// What is said of a client's mail, kept where it counts: in its own record, and in those of its
// neighbourhood.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "gate/ports/ledger.h"
#include "policy/score.h"

namespace gatepost {

// `kind` is ham, spam, missed_spam or trap, said `count` times of mail from this address, and by
// `recipient`, where that is known. In the records of its neighbours each client counts
// once, however loud it is (as long as half of that is not forgotten).
void observe_mail(Ledger& ledger, const ScoreSettings& settings, ObservationKind kind,
                  const Address& address, WallTime now, std::uint32_t count = 1,
                  std::string_view recipient = {});

// What that observes, of the client first, and then of its neighbours.
std::vector<Observation> mail_observations(const Ledger& ledger, const ScoreSettings& settings,
                                           ObservationKind kind, const Address& address,
                                           WallTime now, std::uint32_t count = 1,
                                           std::string_view recipient = {});

// The 64th of all recipients that this one is in; nobody in particular is in one, too.
std::uint64_t recipient_bit(std::string_view recipient);

// One word about one message of that client. `praised_by`: ham: the bit of its recipient. Of the
// messages of one sender domain no more than kPraiseOfDomain praise a client at a time, and each
// recipient does so once: one beyond is in its count of ham, and nowhere else.
inline constexpr std::uint32_t kPraiseOfDomain = 8;
std::vector<Observation> message_observations(const Ledger& ledger, const ScoreSettings& settings,
                                              ObservationKind kind, const ClientKey& client,
                                              WallTime at, std::uint64_t praised_by,
                                              std::string_view sender_domain);

// Whether it is in the client's repute, and not in its count alone.
bool is_praise(const Observation& observation);

// Whether it is of what the client has in common with its neighbours.
bool is_of_neighbours(const Observation& observation);

// Takes back what message_observations() gave, each with the record before it, the client's first.
// Each of the neighbours, in whose records its mail counts, loses what the client counts less for
// there: others of its mail may stand for it.
std::vector<Observation> taking_back_mail(const Ledger& ledger, const ClientKey& client,
                                          const std::vector<Counted>& counted,
                                          const std::set<RecordKey>& neighbours);

// Drops all that is known of a client and its messages, and the places of sender domains that their
// praise takes. False where nothing was known.
bool forget_client(Ledger& ledger, const ClientKey& client);

}  // namespace gatepost

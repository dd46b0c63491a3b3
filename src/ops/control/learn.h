// What filters and people say of mail: of a message, or of an address alone.
#pragma once

#include <string_view>
#include <vector>

#include "ops/control/call.h"

namespace gatepost {

inline constexpr std::string_view kLearnPath = "/v1/learn";
// What may be said, in the query or as members of the body.
inline const std::vector<std::string_view> kLearnQuery{"label",     "source",  "by",
                                                       "recipient", "reports", "more"};
inline const std::vector<std::string_view> kLearnMembers{
    "label", "source", "by", "recipient", "address", "message_id", "queue_id", "message"};

// POST /v1/learn: `label` is what was said (ham, spam or missed_spam), `source` by whom, `by` a
// user or a program. Of a message that is the body: `{messages: [{address, word, outcome, …}],
// refused: […]}`, or 422 where it tells of none. Of a message of `address` that is known by
// `message_id` or `queue_id`, or by the `message` that an answer told: the same. Of one message of
// `address`, nobody knows which: as GET /v1/addresses/A. Answered once it is on disk; with
// `more=1`, which says that more messages follow, at once: then it is on disk when one without is
// answered, and at the latest about 100 ms later.
Response learn(const Call& call);

// DELETE /v1/learn: the same takes that back. With `source` alone, all that it said.
Response unlearn(const Call& call);

}  // namespace gatepost

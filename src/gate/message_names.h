// By which names one and the same message is known to those who speak of it.
#pragma once

#include <string_view>
#include <vector>

#include "model/address.h"
#include "model/instant.h"
#include "model/told_message.h"
#include "wire/message/header_decoder.h"
#include "wire/received/border.h"

namespace gatepost {

// By the name that the server of ours which took it has given it, as its log, its Received field
// and its answer have it: queue ids differ from delivery to delivery, and no sender chooses them.
MessageKey key_of_queued(const Address& client, std::string_view queue_id);
// Of one that no server of ours has named: by what its sender calls it, so one that he sends again
// within the hour is the same. Without `came` the hour is not known.
MessageKey key_of_message_id(const Address& client, std::string_view message_id);
MessageKey key_of_message_id(const Address& client, std::string_view message_id, WallTime came);
// Of one whose border was found: by the queue id in that field; where there is none by its
// message-id and hour; where there is not one of each by delivery_digest().
MessageKey key_of_delivery(const std::vector<HeaderField>& fields, const Border& border);
// Of one of which nothing is known; `name` is unique.
MessageKey key_of_name(std::string_view name);

// The queue id in a server's answer to the end of data (Postfix, Exim, Sendmail, OpenSMTPD, and who
// answers like one of them); empty where there is none.
std::string_view queue_id_in_reply(std::string_view text);

}  // namespace gatepost

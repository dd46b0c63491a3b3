// Which of a mail server's refusals call a message spam.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/smtp_reply.h"

namespace gatepost {

// "CODE TEXT": CODE of three digits, the first 5, the others perhaps '?' for any; in TEXT '*'
// stands for anything, '?' for any one character, whatever the case. Empty, or what is wrong with
// it.
std::string_view fault_in_spam_reply(std::string_view pattern);

// Whether one of the patterns, which have no fault, fits the whole reply as it was sent, enhanced
// code and all; of a long one the first KiB.
bool calls_it_spam(const SmtpReply& reply, const std::vector<std::string>& patterns);

}  // namespace gatepost

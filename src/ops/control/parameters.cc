// Implements ops/control/parameters.h.
#include "ops/control/parameters.h"

#include <algorithm>

namespace gatepost {

const std::vector<Parameter>& parameters() {
  using enum Parameter::Type;
  static const std::vector<Parameter> table{
      {"address", text, "An IPv4 or IPv6 address, or an IPv6 /64."},
      {"after", text, "Where a page begins: the `next` of the one before."},
      {"as", text, "`lines`: the body is any number of sessions, one a line."},
      {"bans", list, "Objects with `network`, and if need be `reason` and `until`."},
      {"by", text, "`user` or `program`: whose word it is."},
      {"clients", list, "What the log says of its clients (docs/formats/mined.md)."},
      {"domain", text, "A domain, meant by forward-confirmed name."},
      {"done", flag, "Whether this is the last portion."},
      {"file", text, "The path of a file on the gate's host."},
      {"follow", text, "`now`, or the number from a Link header: sessions as they end."},
      {"for", text, "A duration such as `2d`; without it what the settings say."},
      {"force", flag, "Whether to do it in spite of a doubt that a person may overrule."},
      {"format", text, "The form of the answer."},
      {"from", number, "Where in the log the portion begins."},
      {"id", text, "The id of a verdict, as it stands in a refusal."},
      {"identity", text, "8 to 64 hexadecimal digits that tell a log from others."},
      {"label", text, "`ham`, `spam` or `missed_spam`."},
      {"limit", number, "How many rows a page has at most."},
      {"login", text, "The address from which the operator is logged in, which is not banned."},
      {"message", text, "A message as an earlier answer called it."},
      {"message_id", text, "The Message-ID of a message."},
      {"more", text, "`1`: more messages follow, and this one need not be on disk yet."},
      {"network", text, "An address or a CIDR block."},
      {"networks", list, "Networks, of those that `source` has banned."},
      {"of", text, "Names of series with commas between them; without it all."},
      {"portion", number, "The number of the portion."},
      {"position", number, "How far the log was read."},
      {"queue_id", text, "The queue id that a mail server of ours gave a message."},
      {"reason", text, "A remark for other people, at most 200 bytes."},
      {"recipient", text, "A mail address, or what stands before its `@`."},
      {"recipients", list, "Mail addresses; `*` stands for any run of characters."},
      {"reports", text, "Whether the body is a report about a message."},
      {"run", text, "8 to 64 hexadecimal digits that tell a run from others."},
      {"since", text, "A duration (so long ago), seconds since 1970, or a date."},
      {"sort", text, "What stands first."},
      {"source", text, "Who says it: a filter, a list, the path of a log."},
      {"state", text, "`jailed`, `blocked`, `excepted` or `all`."},
      {"step", text, "`minute`, `hour` or `day`."},
      {"token", text, "The word in operator_token_file or read_token_file."},
      {"try", flag, "Whether only to tell what would be done."},
      {"undo", flag, "Whether the last release is taken back, and its sentence goes on."},
      {"until", text, "Where the answer ends: as `since`."}};
  return table;
}

const Parameter* find_parameter(std::string_view name) {
  const auto& all = parameters();
  const auto row =
      std::find_if(all.begin(), all.end(), [=](const Parameter& one) { return one.name == name; });
  return row == all.end() ? nullptr : &*row;
}

}  // namespace gatepost

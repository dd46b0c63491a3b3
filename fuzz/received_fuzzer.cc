// Whatever a client says of itself, the address that a server saw is told, or none; and nothing
// below the border changes who sent a message.
#include "wire/received/received.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/received/border.h"

namespace {

using namespace gatepost;

const std::string kDate = "; Sun, 22 Nov 2026 06:00:00 +0000";

void check_client(const std::string& field) {
  static const auto kSeen = Address::parse("192.0.2.1");
  const auto read = read_received(field + kDate);
  if (read && (read->kind != ReceivedField::Kind::network || read->client != kSeen)) std::abort();
}

// `helo` in the place of each server's HELO, `other` in that of other things that strangers choose.
void check_words(const std::string& helo, const std::string& other) {
  const auto of_sendmail = "@n.example.net [192.0.2.1]) by mx (8.17.1) with SMTP";
  check_client("from " + helo +
               " (n.example.net [192.0.2.1]) by mx (Postfix) with SMTP id 1 for <" + other + ">");
  check_client("from " + helo + " (n.example.net [192.0.2.1]) (Client CN \"" + other +
               "\") by mx (Postfix) with SMTP");
  check_client("from " + helo + " (IDENT:" + other + of_sendmail);
  check_client("from " + helo + " (192.0.2.1) by mx (10.0.0.1) with Microsoft SMTP Server id " +
               other);
  check_client("from " + helo + " [192.0.2.1] by mx with ESMTP (SMTPD-12.5) id 1 for " + other);
  check_client("from n.example.net (HELO " + helo + ") (" + other + "@192.0.2.1) by mx with SMTP");
  check_client("from [192.0.2.1] (helo=" + helo +
               ") by mx with esmtp (Exim 4.96) (envelope-from <" + other + ">) id 1");
  check_client("from n.example.net ([192.0.2.1] helo=" + helo + " ident=" + other +
               ") by mx with esmtp (Exim 4.96)");
  check_client("from [192.0.2.1] (HELO " + helo + ") by mx (CommuniGate Pro SMTP 6.1) for " +
               other);
}

void check_border(std::string_view text) {
  const auto fields = split_message(text).fields;
  for (const auto& rules :
       {BorderRules{}, BorderRules{{*Network::parse("192.0.2.0/24")}, {"mx", ".org"}, {"1"}}}) {
    const auto border = find_border(fields, rules);
    if (border.refused != NoBorder::none) continue;
    if (border.field >= fields.size() || !border.hop.client || border.hop.is_authenticated ||
        contains(rules.trusted, *border.hop.client) || is_private(*border.hop.client))
      std::abort();
    auto forged = fields;
    forged.resize(border.field + 1);
    forged.push_back({"Received", "from x ([198.51.100.9]) by mx with SMTP" + kDate, false});
    const auto again = find_border(forged, rules);
    if (again.field != border.field || again.hop.client != border.hop.client) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = read_received(text);
  if (read && read->kind == ReceivedField::Kind::network && !read->client) std::abort();
  const auto half = std::min(text.find('\n'), text.size());
  const std::string helo(text.substr(0, half));
  const std::string other(text.substr(std::min(half + 1, text.size())));
  check_words(helo, other);
  check_words(other, helo);
  check_border(text);
  return 0;
}

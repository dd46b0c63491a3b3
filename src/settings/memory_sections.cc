// Implements settings/memory_sections.h.
#include "settings/memory_sections.h"

#include "settings/codecs.h"

namespace gatepost::settings_table {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

template <typename Value>
Field<Value> of_score(Value ScoreSettings::*member) {
  return of(&Settings::checks, &CheckSettings::score, member);
}

template <typename Value>
Field<Value> of_greylist(Value GreylistSettings::*member) {
  return of(&Settings::checks, &CheckSettings::greylist, member);
}

Field<WindowLimit> of_rate(WindowLimit RateSettings::*member) {
  return of(&Settings::checks, &CheckSettings::rate, member);
}

std::vector<Setting> sum_settings() {
  return {
      {"ham", one(of_score(&ScoreSettings::ham), count<int>(0, 1000)), "What a ham counts.", "2"},
      {"spam", one(of_score(&ScoreSettings::spam), count<int>(-1000, 0)), "What a spam counts.",
       "-2"},
      {"missed_spam", one(of_score(&ScoreSettings::missed_spam), count<int>(-1000, 0)),
       "What a spam counts that had counted as ham; one that had counted as nothing is a "
       "`spam`.",
       "-3"},
      {"block_below", one(of_score(&ScoreSettings::block_below), count<int>(-1'000'000, 1'000'000)),
       "An address with a lower score is blocked.", "-10"},
      {"remember", one(of_score(&ScoreSettings::remember), duration(hours(1), kForever)),
       "For how long after the last spam of an address its score counts, and how long after its "
       "last "
       "visit all that is known of it is forgotten.",
       "\"730d\""}};
}

}  // namespace

Section score_section() {
  using Model = ScoreSettings::Model;
  const auto model = word<Model>({{"plain", Model::plain}, {"posterior", Model::posterior}});
  Section section{
      "score",
      "What was said of an address's mail by filters, users and administrators; see the check "
      "`score`.",
      sum_settings()};
  for (auto& setting : std::vector<Setting>{
           {"trial", one(of_score(&ScoreSettings::trial), one_in(minutes(1), kForever)),
            "A blocked address gets so many messages through all the same, once they have come "
            "again, so that a mistake heals.",
            "\"none\""},
           {"model", one(of_score(&ScoreSettings::model), model),
            "`plain`: the sum of all that was said. `posterior`: how likely its next message is "
            "spam, by what was said lately, and by its neighbourhood where little was said; the "
            "numbers above are not used then.",
            "\"posterior\""},
           {"half_life",
            one(of_score(&ScoreSettings::half_life), duration(hours(1), hours(24 * 3650))),
            "With `posterior`: half of what was said is forgotten in this time. So it is for the "
            "check `neighbourhood`, with either model.",
            "\"30d\""},
           {"likely", one(of_score(&ScoreSettings::likely), number(0.01, 0.99)),
            "With `posterior`: an address is blocked when its next message is surely (19 of 20) "
            "likelier to be spam than this.",
            "0.5"},
           {"as_database", as_database(),
            "A database of autonomous systems in MaxMind's format, such as GeoLite2-ASN.mmdb: "
            "what its clients sent then counts for a whole system, too. To be replaced by moving "
            "a newer file into its place, then a reload; where a private key lies in its folder, "
            "or below, by a restart.",
            "\"/var/lib/GeoIP/GeoLite2-ASN.mmdb\""}}) {
    section.settings.push_back(std::move(setting));
  }
  return section;
}

Section rate_section() {
  return {
      "rate",
      "How much may come in a while: of one address, and with `network_` before it of one "
      "neighbourhood (IPv4 /24, IPv6 /48), which is not held against who is known good. What is "
      "over it waits.",
      {{"connections", window(of_rate(&RateSettings::connections)), "Connections of an address.",
        "{ count = 30, in = \"1m\" }"},
       {"messages", window(of_rate(&RateSettings::messages)), "Messages that it delivered.",
        "{ count = 100, in = \"1h\" }"},
       {"recipients", window(of_rate(&RateSettings::recipients)), "Recipients that it named.",
        "{ count = 500, in = \"1h\" }"},
       {"network_connections", window(of_rate(&RateSettings::network_connections)),
        "Connections of a neighbourhood.", "{ count = 600, in = \"1m\" }"},
       {"network_messages", window(of_rate(&RateSettings::network_messages)),
        "Messages that it delivered.", "{ count = 3000, in = \"1h\" }"},
       {"network_recipients", window(of_rate(&RateSettings::network_recipients)),
        "Recipients that it named.", "{ count = 5000, in = \"1h\" }"},
       {"network_unknown_users", window(of_rate(&RateSettings::network_unknown_users)),
        "Unknown users that it named.", "{ count = 50, in = \"1h\" }"},
       {"network_errors", window(of_rate(&RateSettings::network_errors)), "Errors that it made.",
        "{ count = 200, in = \"1h\" }"},
       {"network_passwords", window(of_rate(&RateSettings::network_passwords)),
        "Wrong passwords that it tried.", "{ count = 50, in = \"1h\" }"}}};
}

Section greylist_section() {
  using For = GreylistSettings::For;
  const auto whom = word<For>({{"suspects", For::suspects}, {"all", For::all}});
  return {
      "greylist",
      "Who has to come again before its mail is let in: mail servers do.",
      {{"for", one(of_greylist(&GreylistSettings::for_whom), whom),
        "`suspects`: clients that something else is against, however little. `all`: everybody who "
        "is not known good.",
        "\"all\""},
       {"delay", one(of_greylist(&GreylistSettings::delay), duration(minutes(1), hours(24))),
        "How long after its first try a message is let in.", "\"10m\""},
       {"expire", one(of_greylist(&GreylistSettings::expire), duration(hours(1), hours(24 * 30))),
        "How long after its first try coming again still counts.", "\"1d\""},
       {"pass_for", one(of_greylist(&GreylistSettings::pass_for), duration(hours(1), kForever)),
        "How long who came again need not do so, from when it was last here.", "\"60d\""},
       {"trust_after",
        one(of_greylist(&GreylistSettings::trust_after), count<std::uint32_t>(0, 1000)),
        "So many messages that came again, and no more from there (an organisation by its name, "
        "else the IPv4 /24 or IPv6 /64) need to; 0: never.",
        "2"}}};
}

}  // namespace gatepost::settings_table

// Implements settings/botnet_section.h.
#include "settings/botnet_section.h"

#include <fmt/format.h>

#include <utility>

#include "settings/codecs.h"

namespace gatepost::settings_table {
namespace {

constexpr std::string_view kWordExpected =
    "a word or small regular expression such as \"dial(-?up)?\"";

// Those that are no good are left out and told.
std::vector<std::string> read_words(const toml::array& array, Reading& reading) {
  std::vector<std::string> words;
  for (const auto& element : array) {
    const auto word = element.value_exact<std::string>();
    if (!word) {
      reading.fault(element, found(element), kWordExpected);
    } else if (const auto problem = WordList::problem_with(*word)) {
      reading.fault(element, fmt::format("{} is {}", repeated(*word), *problem), kWordExpected);
    } else {
      words.push_back(*word);
    }
  }
  return words;
}

// Not list(): they are compiled together.
Kind word_list(const Field<WordList>& field) {
  Kind kind{"list of words", fmt::format("a list, each element {}", kWordExpected), {}, {}};
  kind.read = [=, expected = kind.expected](const toml::node& node, const Place& place,
                                            Reading& reading) {
    const auto* array = node.as_array();
    if (!array) return reading.fault(node, found(node), expected);
    auto list = WordList::make(read_words(*array, reading));
    if (!list) return reading.fault(node, list.error(), "fewer or smaller ones");
    field(place) = std::move(list).value();
  };
  kind.show = [=](const Place& place) {
    std::string text;
    for (const auto& word : field(place)) text += (text.empty() ? "" : ", ") + quoted(word);
    return '[' + text + ']';
  };
  return kind;
}

template <typename T>
Field<T> of_botnet(T BotnetSettings::*member) {
  return of(&Settings::checks, &CheckSettings::botnet, member);
}

std::vector<Setting> lists_of_words() {
  return {
      {"client_words", word_list(of_botnet(&BotnetSettings::client_words)),
       "Words of consumers' lines, for `botnet_clientwords`. Case does not count; at each end "
       "there must be a word boundary or a digit, which `.*` lifts; the last two labels of a name "
       "are not looked at. An empty list is in no name.",
       "[\".*dsl.*\", \"dhcp\"]"},
      {"server_words", word_list(of_botnet(&BotnetSettings::server_words)),
       "Words of mail servers, for `botnet_serverwords`.", "[\"mail\", \"mx\\\\d*\"]"},
      {"weak_words", word_list(of_botnet(&BotnetSettings::weak_words)),
       "Those of `client_words`, written alike, that stand in names of business lines, too: in "
       "`botnet_strength` they weigh little.",
       "[\"ip\", \"static\"]"},
      {"strength_words", word_list(of_botnet(&BotnetSettings::strength_words)),
       "Further words of lines, for `botnet_strength` alone. It looks at all that stands before "
       "the domain that somebody registered.",
       "[\"broadband\", \"cpe\"]"}};
}

}  // namespace

Section botnet_section() {
  Section section{"botnet",
                  "Names that betray a consumer's line. What is found is the business of the "
                  "checks `botnet_…`; who is on one of the `pass_` and `skip_` lists is not judged "
                  "by its name."};
  section.settings = lists_of_words();
  for (Setting setting : std::vector<Setting>{
           {"pass_domains", list(of_botnet(&BotnetSettings::pass_domains), domain()),
            "Clients by their domain, where their name leads back to them.", "[\"example.net\"]"},
           {"pass_ip", list(of_botnet(&BotnetSettings::pass_ip), network()),
            "Clients by their address.", "[\"192.0.2.0/24\"]"},
           {"skip_ip", list(of_botnet(&BotnetSettings::skip_ip), network()),
            "Relays of ours and private networks. A gate meets nobody but its client, so this does "
            "the same as `pass_ip`.",
            "[\"10.0.0.0/8\"]"},
           {"pass_auth", one(of_botnet(&BotnetSettings::pass_auth), flag()),
            "Who has logged in is not judged by its name. Behind a door of the gate nobody is "
            "judged who has, whatever stands here.",
            "false"}}) {
    section.settings.push_back(std::move(setting));
  }
  return section;
}

}  // namespace gatepost::settings_table

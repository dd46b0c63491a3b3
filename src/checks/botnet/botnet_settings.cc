// Implements checks/botnet/botnet_settings.h.
#include "checks/botnet/botnet_settings.h"

#include <utility>

namespace gatepost {
namespace {

WordList words(std::vector<std::string> list) { return WordList::make(std::move(list)).value(); }

// Each is compiled once in a program, and the copies share it.

const WordList& plugins_client_words() {
  static const auto list =
      words({".*dsl.*", "cable", "catv", "ddns", "dhcp", "dial(-?up)?", "dip", "docsis",
             "dyn(amic)?(ip)?", "modem", "ppp(oe)?", "res(net|ident(ial)?)?", "bredband", "client",
             "fixed", "ip", "pool", "static", "user"});
  return list;
}

const WordList& plugins_server_words() {
  static const auto list =
      words({"e?mail(out)?", "mta", "mx(pool)?", "relay", "smtp", "exch(ange)?"});
  return list;
}

const WordList& costly_words() {
  static const auto list = words({"client", "fixed", "ip", "pool", "static", "user"});
  return list;
}

// Technologies of access and their usual abbreviations, parts of an access network, and names that
// a provider gives to a line for want of the customer's.
const WordList& more_words_of_lines() {
  static const auto list =
      words({"broadband", "cable-?modem", "cpe",          "cust(omers?)?", "dial-?in",   "ftt[bhx]",
             "gprs",      "hfc",          "home",         "homeuser",      "host-?\\d+", "hotspot",
             "hsd\\d*",   "hsdpa",        "in-?addr",     "kabel",         "lte",        "nat",
             "pptp",      "ras",          "subscribers?", "umts",          "wifi",       "wimax",
             "wireless",  "wlan"});
  return list;
}

std::vector<Network> networks(std::initializer_list<std::string_view> list) {
  std::vector<Network> networks;
  for (const auto text : list) networks.push_back(*Network::parse(text));
  return networks;
}

}  // namespace

BotnetSettings::BotnetSettings()
    : client_words(plugins_client_words()),
      server_words(plugins_server_words()),
      weak_words(costly_words()),
      strength_words(more_words_of_lines()),
      pass_domains{"amazon.com", "apple.com", "ebay.com"},
      skip_ip(networks({"127.0.0.1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"})) {}

}  // namespace gatepost

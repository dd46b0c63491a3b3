// Implements tests/support/scene.h: a line of a scene is a step, a table maps its first word to a
// handler.
#include "support/scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "base/duration.h"
#include "base/text.h"
#include "gate/repute.h"
#include "gate/welcome.h"
#include "lab/faults.h"
#include "ledger/memory/memory_ledger.h"
#include "ops/control/excepted_text.h"
#include "policy/standing.h"
#include "settings/read_settings.h"

namespace gatepost {
namespace {

struct SceneFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw SceneFailure(otherwise);
}

// \r \n \0 \t \\ \xHH, and \{N*TEXT} for N times TEXT.
std::string unescape(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      bytes += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == 'r')
      bytes += '\r';
    else if (c == 'n')
      bytes += '\n';
    else if (c == 't')
      bytes += '\t';
    else if (c == '0')
      bytes += '\0';
    else if (c == 'x') {
      bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else if (c == '{') {
      const auto end = text.find('}', i);
      const auto star = text.find('*', i);
      require(end != std::string_view::npos && star < end, "bad \\{N*TEXT}");
      const auto count = parse_decimal<std::size_t>(text.substr(i + 1, star - i - 1));
      require(count.has_value(), "bad count in \\{N*TEXT}");
      const auto repeated = unescape(text.substr(star + 1, end - star - 1));
      for (std::size_t n = 0; n < *count; ++n) bytes += repeated;
      i = end;
    } else
      bytes += c;
  }
  return bytes;
}

Duration duration_of(std::string_view text) {
  const auto duration = parse_duration(trim(text));
  require(duration.ok(), fmt::format("\"{}\": no duration", text));
  return *duration;
}

// "first rest" → first, rest.
std::pair<std::string_view, std::string_view> cut_word(std::string_view text) {
  text = trim(text);
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos) return {text, {}};
  return {text.substr(0, blank), trim(text.substr(blank + 1))};
}

class Scene {
 public:
  Scene(Chunking chunking, std::uint64_t seed) : chunking_(chunking), seed_(seed) {}

  void step(std::string_view line) {
    const auto [word, rest] = cut_word(line);
    if (word == "C:" || word == "C=") {
      // What stands behind "C: " to the letter, blanks and all; lines in a row are sent together.
      const auto text = line.size() > 3 ? line.substr(3) : std::string_view{};
      outgoing_ += unescape(text) + (word == "C:" ? "\r\n" : "");
      return;
    }
    flush();
    const auto& steps = table();
    const auto row = steps.find(word);
    require(row != steps.end(), fmt::format("no such step: {}", word));
    (this->*row->second)(rest);
  }

  void finish() {
    flush();
    if (!world_) return;
    const auto& judgements = world_->stale_check();
    require(judgements.stale() == 0, judgements.first());
  }

 private:
  using Handler = void (Scene::*)(std::string_view);
  static const std::map<std::string_view, Handler>& table() {
    static const std::map<std::string_view, Handler> steps{
        {"set", &Scene::set},
        {"door", &Scene::door},
        {"connect", &Scene::connect},
        {"use", &Scene::use},
        {"S:", &Scene::expect_line},
        {"S~", &Scene::expect_reply},
        {"S+", &Scene::expect_replies},
        {"S-", &Scene::expect_silence},
        {"closed", &Scene::expect_closed},
        {"open", &Scene::expect_open},
        {"wait", &Scene::wait},
        {"B:", &Scene::expect_command},
        {"B-", &Scene::expect_no_command},
        {"B!", &Scene::backend_next},
        {"backend", &Scene::backend},
        {"client", &Scene::client},
        {"delivered", &Scene::delivered},
        {"content", &Scene::content},
        {"state", &Scene::state},
        {"sentence", &Scene::sentence},
        {"observed", &Scene::observed},
        {"ban", &Scene::ban},
        {"release", &Scene::release},
        {"except", &Scene::except},
        {"label", &Scene::label},
        {"wrote", &Scene::wrote},
        {"heard", &Scene::heard},
        {"finding", &Scene::finding},
        {"alarm", &Scene::alarm},
        {"verdict", &Scene::verdict},
        {"whole", &Scene::nothing},
        {"tls", &Scene::door_tls},
        {"unprobed", &Scene::unprobed},
        {"unwell", &Scene::unwell},
        {"places", &Scene::places},
        {"dns", &Scene::dns},
        {"fault", &Scene::fault},
    };
    return steps;
  }

  World& world() {
    if (world_) return *world_;
    std::string toml = "mode = \"enforce\"\nhostname = \"mx.test\"\ntrusted = []\n";
    for (const auto& [key, value] : settings_) {
      if (key == "mode" || key == "hostname" || key == "trusted") {
        toml.replace(toml.find(key), toml.find('\n', toml.find(key)) - toml.find(key),
                     key + " = " + value);
      } else {
        toml += key + " = " + value + "\n";
      }
    }
    toml += "[[smtp]]\nlisten = [\"127.0.0.1:2525\"]\nbackend = \"smtp://127.0.0.1:10025\"\n";
    if (door_.find("client_by") == std::string::npos) toml += "client_by = \"proxy-v2\"\n";
    toml += door_;
    const auto read = read_settings(toml, "scene", SettingsContext{});
    for (const auto& fault : read.faults)
      throw SceneFailure(fmt::format("settings: {}: {}", fault.key, fault.message));
    world_ = std::make_unique<World>(*read.settings, ledger_, chunking_, seed_);
    world_->checks_twice = true;
    world_->script() = script_;
    for (const auto& change : arrangements_) change(*world_);
    return *world_;
  }

  VirtualClient& current() {
    require(client_ != nullptr, "nobody is connected");
    return *client_;
  }

  void flush() {
    if (outgoing_.empty()) return;
    const auto bytes = std::exchange(outgoing_, {});
    world().send(current(), bytes);
  }

  std::string next_line() {
    auto& received = current().received;
    const auto newline = received.find("\r\n");
    require(newline != std::string::npos,
            fmt::format("no line came; waiting bytes: \"{}\"{}", escape(received, 1000),
                        current().gate_closed ? ", and the gate has closed" : ""));
    const auto line = received.substr(0, newline);
    received.erase(0, newline + 2);
    return line;
  }

  void nothing(std::string_view) {}

  void set(std::string_view rest) {
    require(!world_, "\"set\" belongs before the first step");
    const auto equals = rest.find('=');
    require(equals != std::string_view::npos, "set KEY = VALUE");
    settings_.emplace_back(std::string(trim(rest.substr(0, equals))),
                           std::string(trim(rest.substr(equals + 1))));
  }

  void door(std::string_view rest) { door_ += std::string(rest) + "\n"; }

  void door_tls(std::string_view rest) {
    require(rest == "starttls" || rest == "implicit", "tls starttls|implicit");
    arrange([implicit = rest == "implicit"](World& world) {
      world.settings().smtp.front().tls = implicit ? DoorTls::implicit : DoorTls::starttls;
    });
  }

  void unprobed(std::string_view) {
    arrange([](World& world) { world.probed = world.backend_well = false; });
  }

  void unwell(std::string_view) {
    arrange([](World& world) { world.backend_well = false; });
  }

  // "ptr 192.0.2.1 host.example.net", "a host.example.net 192.0.2.1", "fine", "fails", "silent",
  // "delay 50ms", "gone a host.example.net"
  void dns(std::string_view rest) {
    const auto parts = split(rest, ' ');
    const std::vector<std::string> words(parts.begin(), parts.end());
    if (rest == "fine" || rest == "fails" || rest == "silent") return dns_way(rest);
    if (words.size() == 2 && words[0] == "delay") {
      const auto delay = parse_duration(words[1]);
      require(delay.ok(), "dns delay DURATION");
      return arrange([delay = *delay](World& world) { world.dns().set_delay(delay); });
    }
    require(words.size() == 3, "dns TYPE NAME VALUE");
    const std::map<std::string, DnsType> types{{"ptr", DnsType::ptr},
                                               {"a", DnsType::a},
                                               {"aaaa", DnsType::aaaa},
                                               {"mx", DnsType::mx},
                                               {"txt", DnsType::txt}};
    if (words[0] == "gone") {
      require(types.contains(words[1]), "dns gone TYPE NAME");
      return arrange([type = types.at(words[1]), name = words[2]](World& world) {
        world.dns().forget(type, name);
      });
    }
    require(types.contains(words[0]), "dns ptr|a|aaaa|mx|txt");
    const auto type = types.at(words[0]);
    const auto address = Address::parse(words[1]);
    const auto name = type == DnsType::ptr && address ? reverse_name(*address) : words[1];
    dns_way("fine");
    arrange([type, name, value = words[2]](World& world) { world.dns().add(type, name, value); });
  }

  void dns_way(std::string_view how) {
    arrange([](World& world) { world.dns().set_fault(ScriptedResolver::Fault::fine); });
    change_fault("resolver-silent", how == "silent");
    change_fault("resolver-fails", how == "fails");
  }

  void places(std::string_view rest) {
    require(rest == "short" || rest == "free", "places short|free");
    change_fault("places-short", rest == "short");
  }

  // "NAME begins", "NAME ends"
  void fault(std::string_view rest) {
    const auto [name, what] = cut_word(rest);
    require(what == "begins" || what == "ends", "fault NAME begins|ends");
    change_fault(name, what == "begins");
  }

  void change_fault(std::string_view name, bool begins) {
    const auto* const fault = fault_named(name);
    require(fault != nullptr, fmt::format("{}: there is no such fault", name));
    arrange(begins ? fault->begin : fault->end);
  }

  // Now, or when the world begins.
  void arrange(std::function<void(World&)> change) {
    if (world_) return change(*world_);
    arrangements_.push_back(std::move(change));
  }

  void connect(std::string_view rest) {
    const auto [address_text, as] = cut_word(rest);
    const auto address = Address::parse(address_text);
    require(address.has_value(), fmt::format("{}: no address", address_text));
    client_ = &world().connect(*address);
    const auto name =
        as.starts_with("as ") ? std::string(trim(as.substr(3))) : std::string(address_text);
    clients_[name] = client_;
  }

  void use(std::string_view rest) {
    const auto known = clients_.find(std::string(rest));
    require(known != clients_.end(), fmt::format("nobody is called {}", rest));
    client_ = known->second;
  }

  void expect_line(std::string_view rest) {
    const auto line = next_line();
    require(matches_glob(rest, line), fmt::format("expected \"{}\", got \"{}\"", rest, line));
  }

  // "S~ 250" or "S~ 250 glob": a whole reply, the glob on its last line behind the code.
  void expect_reply(std::string_view rest) {
    const auto [code, pattern] = cut_word(rest);
    std::string line;
    do {
      line = next_line();
      require(line.substr(0, 3) == code, fmt::format("expected {}, got \"{}\"", rest, line));
    } while (line.size() > 3 && line[3] == '-');
    require(pattern.empty() || matches_glob(pattern, std::string_view(line).substr(4)),
            fmt::format("expected \"{}\", got \"{}\"", rest, line));
  }

  // "S+ 100 250": so many whole replies with this code.
  void expect_replies(std::string_view rest) {
    const auto [count, code] = cut_word(rest);
    for (auto left = parse_decimal<int>(count).value_or(0); left > 0; --left) expect_reply(code);
  }

  void expect_silence(std::string_view) {
    const auto& received = current().received;
    require(received.empty(),
            fmt::format("expected nothing more, got \"{}\"", escape(received, 1000)));
  }

  void expect_closed(std::string_view) {
    expect_silence({});
    require(current().gate_closed, "expected the gate to close the connection");
  }

  void expect_open(std::string_view) {
    require(!current().gate_closed, "the gate closed the connection");
  }

  void wait(std::string_view rest) { world().pass(duration_of(rest)); }

  // Greetings of the leg (EHLO, QUIT, RSET apart from those asked for) are passed over unless
  // named.
  void expect_command(std::string_view rest) {
    const auto& commands = world().backend_log().commands;
    const bool named_hello =
        rest.starts_with("EHLO") || rest.starts_with("HELO") || rest.starts_with("QUIT");
    while (!named_hello && expected_commands_ < commands.size() &&
           (commands[expected_commands_].starts_with("EHLO") ||
            commands[expected_commands_].starts_with("QUIT"))) {
      ++expected_commands_;
    }
    require(expected_commands_ < commands.size(),
            fmt::format("the backend got nothing more, expected \"{}\"", rest));
    const auto& got = commands[expected_commands_++];
    require(matches_glob(unescape(rest), got),
            fmt::format("the backend got \"{}\", expected \"{}\"", got, rest));
  }

  void expect_no_command(std::string_view) {
    const auto& commands = world().backend_log().commands;
    for (; expected_commands_ < commands.size(); ++expected_commands_) {
      const auto& command = commands[expected_commands_];
      require(command.starts_with("EHLO") || command.starts_with("QUIT"),
              fmt::format("the backend got \"{}\", expected nothing", command));
    }
  }

  void backend_next(std::string_view rest) { world().script().next.push_back(unescape(rest)); }

  void backend(std::string_view rest) {
    auto& script = world_ ? world_->script() : script_;
    const auto [what, argument] = cut_word(rest);
    if (what == "offers") {
      script.offers.clear();
      for (const auto offer : split(argument, ',')) script.offers.emplace_back(trim(offer));
    } else if (what == "unknown") {
      for (const auto user : split(argument, ' ')) script.unknown_users.emplace_back(user);
    } else if (what == "down" || what == "up") {
      change_fault("backend-down", what == "down");
    } else if (what == "TLS") {
      require(argument == "fails" || argument == "works", "backend TLS fails|works");
      script.tls_fault = argument == "fails" ? "no shared cipher" : "";
    } else if (what == "closes") {
      require(current().backend != nullptr, "no backend connection is open");
      current().backend.reset();
      current().session->backend_closed(world().now());
      world().send(current(), "");
    } else if (what == "says") {
      current().session->receive_from_backend(unescape(argument) + "\r\n", world().now());
      world().send(current(), "");
    } else if (argument == "as usual") {
      script.standing.erase(std::string(what));
    } else {
      script.standing[std::string(what)] = unescape(argument);
    }
  }

  void client(std::string_view rest) {
    if (rest == "closes") return world().close(current());
    if (rest == "resets") return world().reset(current());
    if (rest == "starts TLS") {
      require(current().session->wants_tls(), "the gate expects no handshake");
      return world().start_tls(current());
    }
    throw SceneFailure("client closes|resets|starts TLS");
  }

  void delivered(std::string_view rest) {
    const auto count = world().backend_log().messages.size();
    require(fmt::format("{}", count) == rest,
            fmt::format("{} messages were delivered, expected {}", count, rest));
  }

  void content(std::string_view rest) {
    const auto& messages = world().backend_log().messages;
    require(!messages.empty(), "no message was delivered");
    require(messages.back().content == unescape(rest),
            fmt::format("the last message is \"{}\"", escape(messages.back().content, 2000)));
  }

  Record record_of(std::string_view address_text) {
    const auto address = Address::parse(address_text);
    require(address.has_value(), fmt::format("{}: no address", address_text));
    return world().ledger().lookup(ClientKey(*address));
  }

  // What it was called in its last session that has ended.
  ClientName last_name_of(const ClientKey& client) {
    const auto& sessions = world().recorder().sessions;
    const auto last = std::find_if(sessions.rbegin(), sessions.rend(), [&](const auto& session) {
      return ClientKey(session.facts.client.address) == client;
    });
    return last == sessions.rend() ? ClientName{} : last->facts.name;
  }

  void state(std::string_view rest) {
    const auto [address_text, expected] = cut_word(rest);
    const auto address = Address::parse(address_text);
    require(address.has_value(), "state ADDRESS WORD");
    auto record = record_of(address_text);
    const auto now = world().now().wall;
    if (const auto ban = world().ledger().network_ban_for(*address, now))
      record.sentence = sentence_of(*ban);
    const auto& settings = world().settings();
    const bool excepted =
        world().ledger().exception_for(*address).has_value() ||
        is_excepted_by_name(last_name_of(ClientKey(*address)), settings, world().ledger());
    const auto state = state_of(
        record, excepted, is_blocked(settings, world().ledger(), ClientKey(*address), record, now),
        settings.greet.pass_for, now);
    require(to_string(state) == expected,
            fmt::format("{} is {}, expected {}", address_text, to_string(state), expected));
  }

  void compare_sentence(const Sentence& sentence, std::string_view expected) {
    const auto got = fmt::format("{} for {} strike {}", to_string(sentence.length),
                                 to_string(sentence.reason), sentence.strikes);
    require(got == expected, fmt::format("the sentence is \"{}\", expected \"{}\"", got, expected));
  }

  void sentence(std::string_view rest) {
    const auto [address, expected] = cut_word(rest);
    compare_sentence(record_of(address).sentence, expected);
  }

  void observed(std::string_view rest) {
    const auto [address, expected] = cut_word(rest);
    compare_sentence(record_of(address).observed_sentence, expected);
  }

  void tell(ObservationKind kind, std::string_view address_text) {
    const auto address = Address::parse(address_text);
    require(address.has_value(), fmt::format("{}: no address", address_text));
    world().ledger().observe(Observation{kind, ClientKey(*address), world().now().wall});
  }

  // "ban NETWORK DURATION [SOURCE]"
  void ban(std::string_view rest) {
    const auto [text, more] = cut_word(rest);
    const auto [length, source] = cut_word(more);
    const auto network = Network::parse(text);
    const auto lasts = parse_duration(length);
    require(network && lasts, "ban NETWORK DURATION [SOURCE]");
    const auto now = world().now().wall;
    const bool done = world().ledger().add_network_ban(
        {*network, now, now + *lasts, source.empty() ? "operator" : std::string(source), "scene"});
    require(done, fmt::format("ban {}: nothing was done", text));
  }

  void release(std::string_view rest) {
    if (rest.find('/') == std::string_view::npos) return tell(ObservationKind::released, rest);
    const auto network = Network::parse(rest);
    require(network && world().ledger().remove_network_ban(*network),
            fmt::format("release {}: nothing was done", rest));
  }

  void heard(std::string_view rest) {
    const auto [address, expected] = cut_word(rest);
    const auto record = record_of(address);
    const auto heard = fmt::format("ham {} spam {}", record.ham, record.spam);
    require(heard == expected,
            fmt::format("of {} was heard \"{}\", expected \"{}\"", address, heard, expected));
  }

  void label(std::string_view rest) {
    const auto [word, more] = cut_word(rest);
    require(word == "ham" || word == "spam" || word == "missed_spam",
            "label ham|spam|missed_spam [N] ADDRESS [by RECIPIENT]");
    const auto [first, behind] = cut_word(more);
    const auto count = parse_decimal<std::uint32_t>(first);
    const auto [text, by] = cut_word(count ? behind : more);
    const auto address = Address::parse(text);
    require(address.has_value(), fmt::format("{}: no address", text));
    require(by.empty() || by.starts_with("by "), "expected by RECIPIENT");
    observe_mail(world().ledger(), world().settings().checks.score,
                 word == "ham"    ? ObservationKind::ham
                 : word == "spam" ? ObservationKind::spam
                                  : ObservationKind::missed_spam,
                 *address, world().now().wall, count.value_or(1), by.empty() ? by : by.substr(3));
  }

  // "wrote to ADDRESS|DOMAIN": one of our users did.
  void wrote(std::string_view rest) {
    const auto [to, text] = cut_word(rest);
    require(to == "to", "wrote to ADDRESS|DOMAIN");
    if (Address::parse(text)) return tell(ObservationKind::written_to, text);
    world().ledger().observe(Observation{ObservationKind::written_to,
                                         RecordKey::of_text(RecordKey::Kind::organisation, text),
                                         world().now().wall});
  }

  void except(std::string_view rest) {
    const auto [verb, text] = cut_word(rest);
    const auto whom = parse_excepted(kind_by_look(text), text);
    require(whom.ok(), "except add|remove NETWORK|DOMAIN|ADDRESS@DOMAIN");
    const bool done = verb == "add"
                          ? world().ledger().add_exception({*whom, "scene", world().now().wall})
                          : world().ledger().remove_exception(*whom);
    require(done, fmt::format("{} {}: nothing was done", verb, text));
  }

  // "finding CHECK glob": of the latest verdict that was recorded.
  void finding(std::string_view rest) {
    const auto [check, pattern] = cut_word(rest);
    const auto& verdicts = world().recorder().verdicts;
    require(!verdicts.empty(), "no verdict was recorded");
    for (const auto& found : verdicts.back().findings) {
      if (to_string(found.check) != check) continue;
      require(pattern.empty() || matches_glob(pattern, found.detail),
              fmt::format("the finding is \"{}\"", found.detail));
      return;
    }
    throw SceneFailure(fmt::format("the last verdict has no finding of {}", check));
  }

  // "verdict ACTION [observed]": of the session that ended last.
  void verdict(std::string_view rest) {
    const auto& sessions = world().recorder().sessions;
    require(!sessions.empty(), "no session has ended");
    const auto& last = sessions.back().verdict;
    const auto got = std::string(to_string(last.action)) +
                     (last.observed && last.action != Action::accept ? " observed" : "");
    require(got == rest,
            fmt::format("the session's verdict is \"{}\", expected \"{}\"", got, rest));
  }

  void alarm(std::string_view rest) {
    for (const auto& told : world().recorder().alarms) {
      if (matches_glob(rest, told)) return;
    }
    throw SceneFailure(fmt::format("no alarm like \"{}\"; there were: {}", rest,
                                   fmt::join(world().recorder().alarms, "; ")));
  }

  const Chunking chunking_;
  const std::uint64_t seed_;
  std::vector<std::pair<std::string, std::string>> settings_;
  std::string door_;
  BackendScript script_;
  std::vector<std::function<void(World&)>> arrangements_;  // for when the world begins
  MemoryLedger ledger_;
  std::unique_ptr<World> world_;
  std::map<std::string, VirtualClient*> clients_;
  VirtualClient* client_ = nullptr;
  std::string outgoing_;
  std::size_t expected_commands_ = 0;
};

}  // namespace

bool allows_chunking(const std::string& text, Chunking chunking) {
  return chunking == Chunking::whole || text.find("\nwhole only\n") == std::string::npos;
}

SceneResult run_scene(const std::string& name, const std::string& text, Chunking chunking,
                      std::uint64_t seed) {
  Scene scene(chunking, seed);
  std::size_t number = 0;
  try {
    for (const auto line : split(text, '\n')) {
      ++number;
      if (trim(line).empty() || line.front() == '#') continue;
      scene.step(line);
    }
    scene.finish();
  } catch (const SceneFailure& failure) {
    return {false, fmt::format("{}:{}: {}", name, number, failure.what())};
  }
  return {};
}

}  // namespace gatepost

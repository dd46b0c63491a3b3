// ask_names SERVER... TIMEOUT_MS: asks by the gate's own resolver what its standard input says, all
// at once, and answers in that order, a line each.
//
//   a mail.test            found 192.0.2.1 · none · unknown
//   client 192.0.2.1       confirmed mail.test · mismatch mail.test · none · unknown
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "gate/client_inquiry.h"
#include "resolve/cares_resolver.h"

namespace {

using namespace gatepost;

const std::map<std::string, DnsType> kTypes{{"a", DnsType::a},
                                            {"aaaa", DnsType::aaaa},
                                            {"ptr", DnsType::ptr},
                                            {"mx", DnsType::mx},
                                            {"txt", DnsType::txt}};

std::string told(const DnsAnswer& answer) {
  if (answer.outcome == DnsAnswer::Outcome::none) return "none";
  if (answer.outcome == DnsAnswer::Outcome::unknown) return "unknown";
  std::string text = "found";
  for (const auto& address : answer.addresses) text += ' ' + address.to_string();
  for (const auto& name : answer.names) text += ' ' + name;
  return text;
}

std::string told(const ClientName& client) {
  const char* const words[] = {"unknown", "none", "mismatch", "confirmed"};
  const std::string word = words[static_cast<int>(client.outcome)];
  return client.name.empty() ? word : word + ' ' + client.name;
}

// Runs until everything is answered.
class Asker {
 public:
  explicit Asker(const DnsSettings& settings)
      : resolver_(std::make_shared<CaresResolver>(loop_.get_executor(), settings)) {}

  void ask(const std::string& line) {
    std::istringstream words(line);
    std::string what, name;
    words >> what >> name;
    const auto number = answers_.size();
    answers_.emplace_back("no question");
    if (what == "client") {
      const auto address = Address::parse(name);
      if (!address) return;
      ++open_;
      inquiries_.push_back(std::make_unique<ClientInquiry>(
          *resolver_, *address, std::vector<DnsQuestion>{}, [this, number, at = inquiries_.size()] {
            answers_[number] = told(inquiries_[at]->knowledge().name);
            --open_;
          }));
    } else if (kTypes.contains(what)) {
      ++open_;
      asked_.push_back(resolver_->ask({kTypes.at(what), name}, [this, number](const auto& answer) {
        answers_[number] = told(answer);
        --open_;
      }));
    }
  }

  const std::vector<std::string>& answers() {
    while (open_ > 0) loop_.run_one();
    return answers_;
  }

  ResolverReport report() const { return resolver_->report(); }

 private:
  boost::asio::io_context loop_;
  std::shared_ptr<CaresResolver> resolver_;
  std::vector<std::unique_ptr<ClientInquiry>> inquiries_;
  std::vector<Resolver::Asked> asked_;
  std::vector<std::string> answers_;
  std::size_t open_ = 0;
};

DnsSettings settings_of(const std::vector<std::string_view>& arguments) {
  DnsSettings settings;
  for (const auto argument : arguments) {
    if (const auto server = Endpoint::parse(argument)) {
      settings.servers.push_back(*server);
    } else {
      int milliseconds = 0;
      std::from_chars(argument.data(), argument.data() + argument.size(), milliseconds);
      settings.timeout = std::chrono::milliseconds(milliseconds);
    }
  }
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  Asker asker(settings_of({argv + 1, argv + argc}));
  for (std::string line; std::getline(std::cin, line);) asker.ask(line);
  for (const auto& answer : asker.answers()) std::cout << answer << '\n';
  const auto report = asker.report();
  std::cerr << "sent " << report.sent << " unknown " << report.unknown << " late " << report.late
            << '\n';
}

// A DNS that is simulated: it says what it was told to, on virtual time.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gate/ports/resolver.h"
#include "gate/settings.h"
#include "model/instant.h"

namespace gatepost {

// What is wrong with the way to it, whatever it would say.
struct ResolverTrouble {
  bool silent = false;
  bool fails = false;
  bool slow = false;                        // answers come just before time is up
  std::vector<std::string> silent_zones;    // and all below them
  std::vector<std::string> boastful_zones;  // that list every address
};

class ScriptedResolver final : public Resolver {
 public:
  enum class Fault {
    fine,
    fails,   // SERVFAIL, REFUSED, nonsense: unknown, after the delay
    silent,  // unknown when time is up
  };

  // `now` is the world's clock, which outlives this.
  explicit ScriptedResolver(const Instant& now) : now_(now) {}

  // One more record. `value` is an address, a name or a text; those of MX come by preference. What
  // was never added does not exist. "*.example" is whatever is below it and was not added (RFC
  // 4592, roughly).
  void add(DnsType type, const std::string& name, const std::string& value);
  // PTR and A or AAAA.
  void add_host(const Address& address, const std::string& name);
  void forget(DnsType type, const std::string& name);

  // Of one question, or of all others.
  void set_fault(DnsType type, const std::string& name, Fault fault);
  void set_fault(Fault fault) { fault_ = fault; }
  void set_delay(Duration delay) { delay_ = delay; }  // of all answers from now on
  ResolverTrouble& trouble() { return trouble_; }     // as above

  void use(const DnsSettings& settings) override { timeout_ = settings.timeout; }

  [[nodiscard]] Asked ask(const DnsQuestion& question, Heard heard) override;

  // When the next answer is due; and says all that are, false where none was.
  std::optional<Instant> deadline() const;
  bool deliver();

  void forget_asked() { asked_.clear(); }
  const std::vector<DnsQuestion>& asked() const { return asked_; }  // in order, without any cache

 private:
  using Key = std::pair<DnsType, std::string>;
  struct Line {
    DnsAnswer answer{DnsAnswer::Outcome::none, {}, {}};
    std::optional<Fault> fault;
  };
  struct Pending {
    std::weak_ptr<Heard> heard;
    DnsAnswer answer;
  };
  Line& line(DnsType type, const std::string& name);
  Line line_for(DnsType type, const std::string& name) const;
  Fault fault_of(const Line& said, const std::string& name) const;

  const Instant& now_;
  Duration delay_{};
  Duration timeout_ = std::chrono::seconds(3);
  Fault fault_ = Fault::fine;
  ResolverTrouble trouble_;
  std::map<Key, Line> lines_;
  std::multimap<Instant, Pending> pending_;
  std::vector<DnsQuestion> asked_;
};

}  // namespace gatepost

// Asks all DNS lists about one client, at once.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "gate/dnsbl_watch.h"
#include "gate/ports/resolver.h"

namespace gatepost {

// Bound to one loop, that of the resolver; both outlive it. Whoever lets it go wants no answer any
// more; a list without whose answer somebody was judged has then failed to answer.
class DnsblInquiry {
 public:
  // `answered` is called once, when all have answered, never before this returns, and never where
  // nothing is asked. It may drop the inquiry.
  DnsblInquiry(DnsblWatch& watch, Resolver& resolver, const Address& client, Moment now,
               std::function<void()> answered = {});
  ~DnsblInquiry();
  DnsblInquiry(const DnsblInquiry&) = delete;
  DnsblInquiry& operator=(const DnsblInquiry&) = delete;

  // For SessionFacts::dnsbl: the lists that are known to have the client, and are well, by now. To
  // be read anew for every judgement: a list may fall ill meanwhile.
  // `judged`: for a judgement at that time; then a list that had a second has failed to answer.
  std::vector<DnsblAnswer> answers(std::optional<WallTime> judged = {}) const;

  bool nothing_asked() const { return lines_.empty(); }

  // Whether all have answered.
  bool complete() const { return pending_ == 0; }

 private:
  struct Line {
    DnsblWatch::List list;
    Resolver::Asked asked;
    Resolver::Asked control;
    std::vector<Address> codes;
    bool believed = false;
    bool answered = false;
    bool late = false;  // it was judged without the answer
  };

  void client_answered(Line& line, const ListReply& reply);
  void ask_control(Line& line, const std::string& name, Moment now);
  void done();
  void close();

  DnsblWatch& watch_;
  Resolver& resolver_;
  const Address client_;
  const Moment began_;
  mutable std::vector<Line> lines_;  // never grows once the first question is asked
  std::size_t pending_ = 0;
  std::function<void()> answered_;
};

}  // namespace gatepost

// What the DNS is asked about a client from its accept on, and how much of it is known by now.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "gate/client_inquiry.h"
#include "gate/dnsbl_inquiry.h"
#include "model/instant.h"
#include "model/session_facts.h"

namespace gatepost {

// The world that questions go into, all outliving them; null: such questions are not asked.
struct QuestionsWorld {
  Resolver* resolver = nullptr;
  DnsblWatch* lists = nullptr;
};

// Bound to the resolver's loop. Letting it go asks no more.
class ClientQuestions {
 public:
  // `named` is called once, when as much is known of its name as will be; never before this
  // returns. It may let the questions go.
  ClientQuestions(const QuestionsWorld& world, const Address& client, bool with_name, Moment now,
                  std::function<void()> named);
  ClientQuestions(const ClientQuestions&) = delete;
  ClientQuestions& operator=(const ClientQuestions&) = delete;

  // Whether all is known that will be; `answered` is called once when that becomes so, in place of
  // `named`. It may let the questions go.
  bool complete() const;
  void when_complete(std::function<void()> answered) {
    named_ = nullptr;
    answered_ = std::move(answered);
  }

  ClientName name() const;

  void nobody_waits() { named_ = nullptr; }  // for the name

  // What is known by now, before each judgement: what is late is unknown, a list may fall ill.
  // `judged`: for a judgement at that time.
  void tell(SessionFacts& facts, std::optional<WallTime> judged = {}) const;

 private:
  void name_is_known();
  void one_is_known();

  std::unique_ptr<ClientInquiry> asking_;  // until it is known
  ClientName name_;
  std::unique_ptr<DnsblInquiry> lists_;
  std::function<void()> named_;
  std::function<void()> answered_;
};

}  // namespace gatepost

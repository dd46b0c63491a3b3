// What milter and policy service have in common: a mail server asks, over a connection, what is to
// become of its clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gate/client_questions.h"
#include "gate/passing_message.h"
#include "gate/ports/ledger.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"
#include "model/instant.h"

namespace gatepost {

class Breaker;

// What such a session needs of the world, all outliving it.
struct MtaWorld {
  const Settings& settings;
  Ledger& ledger;
  Recorder& recorder;
  QuestionsWorld dns = {};
  Breaker* breaker = nullptr;           // null: none
  std::function<std::string()> new_id;  // for a client's session: one word, unique
  // Called when the session may go on for what it heard of the resolver; the owner then looks at it
  // as after a call of its own.
  std::function<void()> awake = {};
  MailEars ears = {};  // told of messages
};

// One connection of a mail server. The owner of the socket
//  1. offers what it reads to receive() while wants_bytes(): a prefix is consumed, the rest is
//     offered again, with more behind it or without, whenever it wants bytes and has consumed some;
//  2. sends to_mta() and tells sent_to_mta();
//  3. calls deadline_passed() when deadline() is reached;
//  4. closes when finished() and all of to_mta() is sent, or when the mail server did; then calls
//     ended(), once and last.
// Bound to the loop of the resolver.
class MtaSession {
 public:
  virtual ~MtaSession() = default;

  virtual bool wants_bytes() const = 0;
  virtual std::size_t receive(std::string_view bytes, Moment now) = 0;  // how many it consumed
  virtual std::string_view to_mta() const = 0;
  virtual void sent_to_mta(std::size_t count) = 0;

  virtual std::optional<Instant> deadline() const = 0;
  virtual void deadline_passed(Moment now) = 0;

  virtual std::uint32_t recipients_judged() const = 0;  // so far, of all its clients

  // The gate stops: no client is begun any more; between two requests it is finished.
  virtual void shut_down() = 0;
  virtual bool finished() const = 0;
  virtual void ended(Moment now) = 0;
};

}  // namespace gatepost

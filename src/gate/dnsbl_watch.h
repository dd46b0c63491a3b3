// Keeps all DNS lists in view: whom to ask them about, what their answers are worth, how they are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/dnsbl/watched_list.h"
#include "gate/ports/recorder.h"
#include "gate/ports/resolver.h"
#include "gate/settings.h"
#include "model/dnsbl_answer.h"

namespace gatepost {

// One list, for `status`.
struct DnsblListStatus {
  std::string name;
  ListState state = ListState::untested;
  WallTime since = kNever;  // of the state
  std::string trouble;      // where it is not well, in words behind its name
  bool v4 = true;           // whether it is asked about such clients, when it is well
  bool v6 = true;
  ListCounts counts;
};

ListReply as_list_reply(const DnsAnswer& answer);

// One for the whole gate. It takes no lock: where several threads share it, whoever makes it hands
// in how only one of them is let in at a time.
class DnsblWatch {
 public:
  using Exclusively = std::function<void(const std::function<void()>&)>;
  using List = std::shared_ptr<WatchedList>;  // to be looked into by the watch alone

  // Lists that fall ill, and are well again, are told to the recorder, which outlives it, once.
  DnsblWatch(const Settings& settings, Recorder& recorder, Moment now,
             Exclusively exclusively = {});

  // Lists that stay the same but for their points keep their health and counts.
  void reload(const Settings& settings, Moment now);

  // The way to the lists is another: all are tested at once.
  void test_all(Moment now);

  std::vector<DnsblListStatus> status() const;

  // For DnsblInquiry: the A questions to be asked about a client, none about trusted, own and
  // private addresses.
  struct Question {
    List list;
    std::string name;
  };
  std::vector<Question> questions_about(const Address& client, Moment now);

  // What an answer about a client comes to: it is believed, or will be where `control` is asked and
  // control_answered() says so, or is worth nothing.
  struct Worth {
    bool believed = false;
    std::optional<std::string> control;  // the name of another A question
  };
  Worth client_answered(const List& list, const Address& client, const ListReply& reply,
                        Moment now);
  bool control_answered(const List& list, const ListReply& reply, Instant asked, Moment now);
  // All have answered: `lists` have the client.
  void client_done(const std::vector<List>& lists);
  // As it is at this moment: nothing of a list that is not well. `codes` were believed.
  std::optional<DnsblAnswer> answer_of(const List& list, const std::vector<Address>& codes) const;

  // For DnsblRounds: when the next list is to be tested, and the questions of those that are due.
  struct TestQuestion {
    ListForm form;
    ListReply TestPoints::*point;
    std::string name;
  };
  struct Due {
    List list;
    std::vector<TestQuestion> questions;
  };
  Instant next_round() const;
  std::vector<Due> due_rounds(Moment now);
  void round_ended(const List& list, const TestRound& round, Moment now);

 private:
  template <typename Work>
  auto exclusively(Work work) const;
  void tell(const WatchedList& list, ListNews news, WallTime now);
  void take(const Settings& settings, Moment now);
  std::string fresh_question(WatchedList& list, ListForm form, Moment now);
  std::vector<TestQuestion> test_questions(WatchedList& list, Moment now);

  Recorder& recorder_;
  const Exclusively exclusively_;
  std::vector<List> lists_;
  std::vector<Network> not_asked_about_;  // trusted and own
  std::uint64_t fresh_points_;            // so that none is asked for twice
};

}  // namespace gatepost

// Whether a DNS list can be relied on: found out at its test points and from its answers. Pure:
// time is an argument.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/dnsbl/list_question.h"
#include "checks/dnsbl/list_reply.h"
#include "model/address.h"
#include "model/instant.h"

namespace gatepost {

enum class ListState : std::uint8_t {
  untested,   // no round at its test points was clear yet: asked, and counts nothing
  well,       // asked and counted
  suspended,  // not asked
};
std::string_view to_string(ListState state);

// The answers at the test points in one form (RFC 5782 5), and at a point that was never asked for.
struct TestPoints {
  ListReply listed;
  ListReply unlisted;
  ListReply fresh;
};

// One round at the test points; a form in which the list is not asked is left out.
struct TestRound {
  std::optional<TestPoints> v4;
  std::optional<TestPoints> v6;
  Instant began;
};

// What just happened to a list, to be told once.
enum class ListNews : std::uint8_t { none, suspended, well_again };

// Rounds are due at the start, each hour while it is well, and after 1, 2, 4 … minutes while it is
// suspended, up to an hour (5 minutes where it is only silent). What is not told apart here counts
// nothing: a list is well where it lists its test point and does not list the others.
class ListHealth {
 public:
  ListHealth(bool v4, bool v6, Moment now);

  ListState state() const { return state_; }
  WallTime since() const { return since_; }
  // Of a list that is not well, in words behind its name: "lists 127.0.0.1 …".
  const std::string& trouble() const { return trouble_; }
  // Whether clients of this form can be asked for, as far as is known, and whether they are now.
  bool serves(ListForm form) const;
  bool is_asked(ListForm form) const;

  // When the next round is due; never while one is under way.
  Instant next_round() const { return next_round_; }
  void round_began();

  // The next round is due, but where one is under way; rests are short again.
  void test_now(Moment now);
  [[nodiscard]] ListNews round_ended(const TestRound& round, Moment now);

  // An answer about a client. That it is listed is believed where proven().
  [[nodiscard]] ListNews client_answered(const ListReply& reply, const ClientKey& client,
                                         Moment now);

  // Whether the list, about when an answer was `heard`, did not list what no list may.
  bool proven(Instant heard) const;
  // The answer at a fresh_point(), put at `asked`.
  [[nodiscard]] ListNews control_answered(const ListReply& reply, Instant asked, Moment now);

 private:
  enum class Patience { long_one, short_one };

  ListNews suspend(std::string trouble, Patience patience, Moment now);
  ListNews is_well(Moment now);
  ListNews look_for_run(const ClientKey& client, Moment now);
  ListNews silent(Moment now);
  void run_ended(const ClientKey& client);
  bool is_new(const ClientKey& client);
  std::size_t run_too_long() const;

  bool v4_;
  bool v6_;
  bool v6_served_;  // its zone has the test points for IPv6; many have none
  ListState state_ = ListState::untested;
  WallTime since_;
  std::string trouble_;
  Instant next_round_;
  Duration rest_;                 // until the next round of a suspended list
  std::optional<Instant> proof_;  // when the newest question was put that proves it
  std::uint32_t silence_ = 0;     // questions in a row without an answer

  // Distinct clients: those listed since the last one that was not, and all before.
  std::size_t run_ = 0;
  std::size_t listed_before_ = 0;
  std::size_t asked_before_ = 0;
  std::array<ClientKey, 64> recent_{};
  std::size_t recent_next_ = 0;
};

}  // namespace gatepost

// DNS lists: what others know of a client, for or against it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/dnsbl/answer_filter.h"
#include "checks/dnsbl/list_question.h"
#include "policy/window_limit.h"

namespace gatepost {

struct WeightedFilter {
  AnswerFilter filter;
  int points = 2;  // below zero: for the client
  bool operator==(const WeightedFilter&) const = default;
};

// One [[dnsbl]].
struct DnsblList {
  std::string zone;  // lower case, without the last dot
  std::string key;   // paid for: stands before the zone in questions, and is never shown
  std::string name;  // shown in place of the zone; may be empty
  std::vector<WeightedFilter> points{WeightedFilter{}};
  std::vector<ListForm> families{ListForm::v4, ListForm::v6};  // of clients that it is asked about
  WindowLimit queries{0, std::chrono::hours(24)};  // a count of zero: as many as it takes
};

// By what a list is known in logs, answers and status: its name, else its zone, of which a first
// label that looks like a paid key is left out.
std::string shown_name(const DnsblList& list);

bool has_family(const DnsblList& list, ListForm form);

// What questions of a list end in: its key and zone.
std::string question_zone(const DnsblList& list);

// Points that one list gives for its answer: each filter that fits any of the codes counts once;
// nothing where none fits.
std::optional<int> points_for(const DnsblList& list, const std::vector<Address>& codes);

struct DnsblSettings {
  std::vector<DnsblList> lists;  // each of another shown_name()
};

// Hits where a list has an answer with points; those of all lists add up.
std::optional<Hit> look_for_dnsbl(const Evidence& evidence);

}  // namespace gatepost

// Implements gate/dnsbl_rounds.h.
#include "gate/dnsbl_rounds.h"

#include <algorithm>
#include <utility>

namespace gatepost {

void DnsblRounds::run(Moment now) {
  std::erase_if(rounds_, [](const auto& round) { return round->pending == 0; });
  for (auto& due : watch_.due_rounds(now)) begin(std::move(due), now);
}

void DnsblRounds::begin(DnsblWatch::Due due, Moment now) {
  auto& round = *rounds_.emplace_back(std::make_unique<Round>());
  round.list = std::move(due.list);
  round.began = now;
  round.answers.began = now.instant;
  round.pending = due.questions.size();
  for (auto& question : due.questions) {
    auto& points = question.form == ListForm::v4 ? round.answers.v4 : round.answers.v6;
    if (!points) points.emplace();
    DnsQuestion asked{DnsType::a, question.name};
    round.asked.push_back(resolver_.ask(
        asked, [this, &round, question = std::move(question)](const DnsAnswer& answer) {
          answered(round, question, answer);
        }));
  }
}

void DnsblRounds::answered(Round& round, const DnsblWatch::TestQuestion& question,
                           const DnsAnswer& answer) {
  auto& points = question.form == ListForm::v4 ? round.answers.v4 : round.answers.v6;
  (*points).*question.point = as_list_reply(answer);
  round.took = std::max(round.took, answer.took);
  if (--round.pending > 0) return;
  watch_.round_ended(round.list, round.answers,
                     {round.began.instant + round.took, round.began.wall + round.took});
}

}  // namespace gatepost

// Implements ops/tune_report/tunables.h.
#include "ops/tune_report/tunables.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "checks/check.h"
#include "checks/settings.h"

namespace gatepost {
namespace {

struct Row {
  std::string_view key;
  std::vector<std::string_view> values;  // as in the file
};

const std::vector<Row>& rows() {
  static const std::vector<std::string_view> points{R"("note")", "1", "2", "3"};
  static const std::vector<Row> table{
      {"jail.first", {R"("1m")", R"("5m")", R"("1h")", R"("6h")", R"("1d")"}},
      {"jail.factor", {"1.5", "2", "4"}},
      {"jail.longest", {R"("1d")", R"("7d")", R"("30d")"}},
      {"score.block_below", {"-5", "-2", "-1", "0", "1"}},
      {"score.trial", {R"("none")", R"("1 in 1h")", R"("1 in 1d")", R"("1 in 7d")"}},
      {"score.model", {R"("plain")", R"("posterior")"}},
      {"score.half_life", {R"("3d")", R"("10d")", R"("30d")", R"("90d")"}},
      {"score.likely", {"0.05", "0.1", "0.3", "0.5", "0.8"}},
      {"greylist.for", {R"("suspects")", R"("all")"}},
      {"greylist.trust_after", {"0", "1", "3", "5"}},
      {"checks.botnet_nordns", points},
      {"checks.botnet_baddns", points},
      {"checks.botnet_ipinhostname", points},
      {"checks.botnet_clientwords", points},
      {"checks.botnet_client", points},
      {"checks.botnet_strength", points},
      {"checks.helo", points},
      {"checks.dnsbl", {R"("points")", "1", "2", "3"}},
      {"checks.greylist", {R"("off")", R"("tempfail")"}},
      {"checks.score", {R"("note")", "2", R"("tempfail")"}},
      {"checks.neighbourhood", points},
      {"decide.tempfail_at", {"1", "2", "3", "4", "5"}}};
  return table;
}

bool refuses_for_good(std::string_view value) {
  constexpr std::array<std::string_view, 3> kForGood{R"("reject")", R"("jail")", R"("firewall")"};
  return std::find(kForGood.begin(), kForGood.end(), value) != kForGood.end();
}

// Nobody was asked, so there is nothing that could change.
bool is_idle(std::string_view key, const Settings& settings) {
  return key == "checks.dnsbl" && settings.checks.dnsbl.lists.empty();
}

}  // namespace

std::vector<Tunable> tunables_of(const Settings& settings) {
  std::vector<Tunable> tunables;
  for (const auto& row : rows()) {
    Tunable tunable{std::string(row.key), {value_of(settings, row.key)}};
    auto& values = tunable.values;
    if (refuses_for_good(values.front()) || is_idle(row.key, settings)) continue;
    for (const auto value : row.values) {
      const auto changed = changed_settings(settings, {{tunable.key, std::string(value)}});
      if (!changed) continue;
      auto shown = value_of(*changed, row.key);
      if (std::find(values.begin(), values.end(), shown) == values.end())
        values.push_back(std::move(shown));
    }
    tunables.push_back(std::move(tunable));
  }
  return tunables;
}

bool leaves_a_way(const Settings& settings) {
  const auto& checks = all_checks();
  return std::none_of(checks.begin(), checks.end(), [&](const Check& check) {
    if (check.evidence_class != EvidenceClass::identity) return false;
    const auto [treatment, points] = treatment_of(settings.checks, check);
    return treatment == Treatment::tempfail ||
           (treatment == Treatment::points && points >= settings.decide.tempfail_at);
  });
}

std::vector<SettingChange> changes_of(const std::vector<Tunable>& tunables, const Choice& choice) {
  std::vector<SettingChange> changes;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    if (choice[i] != 0) changes.push_back({tunables[i].key, tunables[i].values.at(choice[i])});
  }
  return changes;
}

}  // namespace gatepost

// Implements ops/control/gate_pages.h.
#include "ops/control/gate_pages.h"

#include <boost/json/array.hpp>

#include <algorithm>

#include "ops/control/gate_status.h"
#include "ops/journal/json_text.h"
#include "settings/settings_file.h"
#include "settings/settings_text.h"

namespace gatepost {

namespace json = boost::json;

Response get_status(const Call& call) {
  const auto gate = call.parts.status ? call.parts.status() : std::nullopt;
  auto status = status_json(call.settings, call.ledger().health(), gate, call.now);
  const auto bans = call.ledger().network_bans();
  status["banned_networks"] = std::count_if(
      bans.begin(), bans.end(), [&](const NetworkBan& ban) { return ban.serving(call.now); });
  return json_response(status);
}

Response post_reload(const Call& call) {
  if (!call.parts.reload) return problem(409, "no gate runs here that could reload its settings");
  if (const auto outcome = call.parts.reload(); !outcome) return problem(422, outcome.error());
  json::object done;
  done["reloaded"] = true;
  return json_response(done);
}

Response post_backup(const Call& call) {
  const auto* member = call.body.if_contains("file");
  if (!member || !member->is_string()) return problem(400, "file: expected the path of a file");
  const std::string file(member->get_string().c_str(), member->get_string().size());
  if (!file.starts_with('/')) return problem(400, "file: expected an absolute path");
  const auto copy = call.ledger().backup(file, [&] { return call.may_go_on(); });
  if (!copy && !call.may_go_on()) return ending();
  if (!copy) return problem(507, copy.error());
  call.log("backup", file, {});
  json::object done;
  done["file"] = file;
  done["records"] = copy->records;
  done["sessions"] = copy->sessions;
  done["bytes"] = copy->bytes;
  done["seconds"] = json_seconds(copy->took);
  return json_response(done);
}

namespace {

json::object section_json(const SectionInForce& section) {
  json::array keys;
  for (const auto& key : section.keys) {
    json::object told;
    told["key"] = key.key;
    told["value"] = key.value;
    told["default"] = key.is_default;
    told["about"] = key.about;
    keys.push_back(std::move(told));
  }
  json::object told;
  told["name"] = section.name;
  told["about"] = section.about;
  told["keys"] = std::move(keys);
  return told;
}

}  // namespace

Response get_settings(const Call& call) {
  json::array sections;
  for (const auto& section : settings_in_force(call.settings, host_context().host_name))
    sections.push_back(section_json(section));
  json::object body;
  body["mode"] = call.settings.mode == Mode::observe ? "observe" : "enforce";
  body["sections"] = std::move(sections);
  return json_response(body);
}

}  // namespace gatepost

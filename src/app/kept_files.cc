// Implements app/kept_files.h.
#include "app/kept_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/wire_settings.h"
#include "ops/tls/tls_files.h"
#include "settings/settings_file.h"

namespace gatepost {
SettingsRead KeptFiles::read_settings(const std::string& path) {
  beyond_reach_.clear();
  auto context = host_context();
  context.read_file = [this](const std::string& file) { return read(file); };
  context.look_at_tls_files = [this](const auto& names, const auto& hosts, const auto& given) {
    return look_at(names, hosts, given);
  };
  return read_settings_as(path, context);
}

// What we may read ourselves needs no keeper, and where there is no Landlock that is much.
Result<std::string> KeptFiles::read(const std::string& path) {
  auto kept = keeper_.keeps(path) ? keeper_.read(path) : Result<std::string>(Error{""});
  if (kept) return kept;
  auto own = host_context().read_file(path);
  if (own) return own;
  if (!keeper_.keeps(path)) beyond_reach_.push_back(path);
  return kept.error().empty() ? own : kept;
}

Result<std::optional<TlsPair>> KeptFiles::read_if_new(const TlsPair& names) {
  const bool is_kept = keeper_.keeps(names);
  auto kept = is_kept ? keeper_.read_if_new(names)
                      : Result<std::optional<TlsPair>>(
                            Error{"a certificate and its key are taken at the next start"});
  if (kept) return kept;
  auto certificate = host_context().read_file(names.certificate);
  auto key = host_context().read_file(names.key);
  if (certificate && key) return std::optional(TlsPair{*certificate, *key});
  if (!is_kept) beyond_reach_.push_back(key ? names.certificate : names.key);
  return kept;
}

KeptFiles::Pair& KeptFiles::pair_of(const TlsPair& names) {
  const auto known = std::find_if(pairs_.begin(), pairs_.end(),
                                  [&](const Pair& one) { return one.names == names; });
  return known != pairs_.end() ? *known : pairs_.emplace_back(Pair{names, nullptr, "", {}});
}

void KeptFiles::take(Pair& pair, TlsPair content) {
  auto made = TlsContext::for_server(PemFile{pair.names.certificate, content.certificate},
                                     PemFile{pair.names.key, content.key});
  pair.trouble = made ? "" : made.error();
  pair.context = made ? std::move(made).value() : nullptr;
  wipe(content.certificate);  // the key may be in it, too
  wipe(content.key);
}

std::vector<TlsRemark> KeptFiles::look_at(const TlsPair& names,
                                          const std::vector<std::string>& hosts,
                                          const SettingsContext& context) {
  auto read = read_if_new(names);
  auto& pair = pair_of(names);
  if (read && !*read) return pair.remarks;
  auto given = context;
  given.read_file = [&](const std::string& path) -> Result<std::string> {
    if (!read) return Error{read.error()};
    return path == names.certificate ? (*read)->certificate : (*read)->key;
  };
  auto remarks = look_at_tls_files(names, hosts, given);
  if (!read) return remarks;  // what was there before may be there again
  pair.remarks = remarks;
  take(pair, std::move(**read));
  return remarks;
}

Result<std::shared_ptr<const TlsContext>> KeptFiles::context_of(const TlsPair& names) {
  const auto& pair = pair_of(names);
  if (!pair.context) return Error{pair.trouble};
  return pair.context;
}

Result<GateSettings> KeptFiles::with_tls(Settings settings) {
  GateSettings gate{std::move(settings), {}, nullptr};
  auto doors = load_tls(
      gate.settings, [this](const SmtpDoorSettings& door) { return context_of(door.tls_files()); });
  if (!doors) return Error{doors.error()};
  gate.tls = std::move(doors).value();
  if (!gate.settings.web.speaks_tls()) return gate;
  auto web = context_of(gate.settings.web.tls);
  if (!web) return Error{web.error()};
  gate.web_tls = std::move(web).value();
  return gate;
}

}  // namespace gatepost

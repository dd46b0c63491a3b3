// Implements ops/cli/export_verb.h.
#include "ops/cli/export_verb.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "ops/cli/output_file.h"
#include "ops/cli/pages.h"
#include "ops/control/ban_pages.h"
#include "ops/control/target.h"

namespace gatepost {
namespace {

// Small pages: other requests wait for one.
constexpr std::string_view kTarget = "/v1/records?limit=2000&format=";

bool is_of_bans(std::string_view format) {
  return format == "hosts.deny" || format == "postfix-cidr" || format == "rbldnsd" ||
         format == "nft";
}

}  // namespace

int export_records(const CommandLine& line, Console& console, const Ask& ask) {
  const auto target = is_of_bans(line.format)
                          ? fmt::format("{}?format={}", kBanListPath, line.format)
                          : std::string(kTarget) + percent_encode(line.format);
  if (line.subject.empty() || line.subject == "-") {
    return take_pages(target, console, ask, [&](const std::string& body) {
      console.out << body;
      return !console.out.fail();
    });
  }
  OutputFile file(line.subject);
  if (!file.opened()) return complain_of(file.part(), console);
  bool written = true;
  const int taken = take_pages(target, console, ask,
                               [&](const std::string& body) { return written = file.write(body); });
  if (taken != kExitDone) return taken;
  return written && file.keep() ? kExitDone : complain_of(line.subject, console);
}

}  // namespace gatepost

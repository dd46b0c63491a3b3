// Implements ops/cli/mined_link.h.
#include "ops/cli/mined_link.h"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "base/text.h"
#include "ops/cli/render_parts.h"
#include "ops/control/mined.h"
#include "ops/control/mined_client.h"
#include "ops/control/target.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

constexpr std::size_t kPortionBytes = 56u << 10;  // with what stands around it, under 64 KiB

std::string random_word() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

Result<std::uint64_t> position_of(const Ask& ask, const std::string& identity) {
  const auto answer = answered_object(
      ask({"GET", fmt::format("{}?identity={}", kMinedPath, percent_encode(identity)), {}}));
  if (!answer) return Error{answer.error()};
  const auto& sources = array_member(*answer, "sources");
  if (sources.empty() || !sources.front().is_object()) return std::uint64_t{0};
  return whole_member(sources.front().get_object(), "position").value_or(0);
}

MinedUpload::MinedUpload(Ask ask, std::string source, std::string identity, std::uint64_t from)
    : ask_(std::move(ask)),
      source_(std::move(source)),
      identity_(std::move(identity)),
      from_(from),
      run_(random_word()) {}

Status MinedUpload::add(const AppliedClient& client) {
  auto text = json_text(applied_json(client));
  if (clients_.size() + text.size() > kPortionBytes) {
    if (auto sent = send({}); !sent) return sent;
  }
  if (!clients_.empty()) clients_ += ',';
  clients_ += text;
  return Done{};
}

Result<MinedUpload::Added> MinedUpload::finish(std::uint64_t position) {
  if (auto sent = send(fmt::format(",\"done\":true,\"position\":{}", position)); !sent)
    return Error{sent.error()};
  return added_;
}

Status MinedUpload::send(const std::string& ending) {
  const auto body = fmt::format(
      R"({{"source":{},"identity":"{}","run":"{}","portion":{},"from":{},"clients":[{}]{}}})",
      json_text(json::value(source_)), identity_, run_, portions_, from_, clients_, ending);
  const auto answer = answered_object(ask_({"POST", std::string(kMinedPath), body}));
  if (!answer) return Error{answer.error()};
  ++portions_;
  clients_.clear();
  added_.clients += whole_member(*answer, "clients").value_or(0);
  added_.sentences += whole_member(*answer, "sentences").value_or(0);
  added_.spared += whole_member(*answer, "spared").value_or(0);
  return Done{};
}

int forget_mined(const CommandLine& line, Console& console, const Ask& ask) {
  const auto response =
      ask({"DELETE", fmt::format("{}?source={}", kMinedPath, percent_encode(line.source)), {}});
  if (!response || !response->ok()) return complain(response, console);
  if (line.json) {
    console.out << response->body;
    return kExitDone;
  }
  const auto answer = answered_object(response);
  if (!answer) {
    console.err << "gatepost: " << answer.error() << '\n';
    return kExitFailed;
  }
  console.out << fmt::format("What was mined from {} counts no more: {} of {}; {} ended.\n",
                             escape(line.source, 1'000), counted(*answer, "clients", "client"),
                             counted(*answer, "logs", "log"),
                             counted(*answer, "sentences", "sentence"));
  return kExitDone;
}

}  // namespace gatepost

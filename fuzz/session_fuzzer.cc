// Drives the real session with hostile clients and a hostile backend: no crash, no message without
// its end, no 250 that the backend did not give.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lab/world.h"
#include "ledger/memory/memory_ledger.h"

namespace {

using namespace gatepost;

Settings fuzz_settings(std::uint8_t flags) {
  Settings settings;
  settings.mode = flags & 1 ? Mode::enforce : Mode::observe;
  settings.hostname = "mx.test";
  settings.greet.wait = flags & 2 ? std::chrono::seconds(6) : Duration(0);
  settings.limits.message_size = 4096;
  settings.checks.trap.patterns = {"trap@*"};
  auto& door = settings.smtp.emplace_back();
  door.client_by = flags & 4 ? ClientBy::proxy_v2 : flags & 64 ? ClientBy::xclient : ClientBy::none;
  door.tls = flags & 16 ? DoorTls::starttls : DoorTls::off;
  door.purpose = flags & 128 ? Purpose::submission : Purpose::mx;
  return settings;
}

// Every positive answer to an end of data that the client sees is one that the backend gave to a
// whole message.
void check_promises(const VirtualClient& client, const BackendLog& log) {
  std::size_t promised = 0;
  constexpr std::string_view kPromise = "250 2.0.0 Queued\r\n";
  for (std::size_t at = 0; (at = client.received.find(kPromise, at)) != std::string::npos; ++at)
    ++promised;
  if (promised > log.messages.size()) std::abort();
}

}  // namespace

// The first byte holds flags; then steps: one byte says what happens, one how much, and so many
// bytes follow.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 8192) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto flags = static_cast<std::uint8_t>(rest[0]);
  rest.remove_prefix(1);
  MemoryLedger ledger;
  World world(fuzz_settings(flags), ledger, flags & 8 ? Chunking::random : Chunking::whole, flags);
  world.script().unknown_users = {"no*"};
  if (flags & 32) {
    auto& offers = world.script().offers;
    offers.insert(offers.end(), {"STARTTLS", "AUTH PLAIN LOGIN", "XCLIENT NAME ADDR"});
  }
  auto& client = world.connect(Address::v4(0xc0000201));
  while (rest.size() >= 2 && !client.gate_closed) {
    const auto what = static_cast<std::uint8_t>(rest[0]);
    const auto bytes = rest.substr(2, static_cast<std::uint8_t>(rest[1]));
    rest.remove_prefix(2 + bytes.size());
    if (client.session && client.session->wants_tls() && what & 128) {
      world.start_tls(client);
      continue;
    }
    switch (what % 8) {
      case 0:
        world.pass(std::chrono::seconds(bytes.size()));
        break;
      case 1:
        world.script().next.emplace_back(bytes);
        break;
      case 2:
        world.script().next.emplace_back("close");
        break;
      case 3:
        if (client.backend) client.session->receive_from_backend(bytes, world.now());
        break;
      case 4:
        world.script().down = !world.script().down;
        world.script().tls_fault = bytes;
        break;
      default:
        world.send(client, bytes);
        break;
    }
  }
  check_promises(client, world.backend_log());
  world.close(client);
  world.pass(std::chrono::hours(2));
  if (!client.gate_closed) std::abort();
  return 0;
}

// Any name of any address: every question about it has an answer, and the answers agree.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/text.h"
#include "checks/botnet/address_in_name.h"
#include "checks/botnet/name_classes.h"
#include "checks/botnet/name_part.h"
#include "checks/botnet/strength.h"

namespace {

using namespace gatepost;

void require(bool holds) {
  if (!holds) std::abort();
}

// The first bytes are the address, and whether there are four of them or sixteen.
Address take_address(const std::uint8_t*& data, std::size_t& size) {
  std::array<std::uint8_t, 17> bytes{};
  const auto taken = std::min(size, bytes.size());
  std::memcpy(bytes.data(), data, taken);
  data += taken;
  size -= taken;
  if (bytes[16] % 4 != 0) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, bytes.data(), sizeof bits);
    return Address::v4(bits);
  }
  std::array<std::uint8_t, 16> six{};
  std::memcpy(six.data(), bytes.data(), six.size());
  return Address::from_bytes(six);
}

bool begins(std::string_view name, std::string_view part) {
  return part.empty() || (name.starts_with(part) && name[part.size()] == '.');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const BotnetSettings settings;
  if (size > 1'000) return 0;
  const auto address = take_address(data, size);
  const auto name = to_lower({reinterpret_cast<const char*>(data), size});

  const auto protected_by_plugin = before_two_labels(name);
  require(begins(name, protected_by_plugin));
  require(begins(name, before_registered_domain(name)));
  const auto classes = classify(name, address, settings);
  require(!protected_by_plugin.empty() || classes == NameClasses{});
  require(address.is_v4() || !classes.ip_in_name);

  // What the strict question finds of IPv4 the loose one finds, too.
  const auto form = address_form(protected_by_plugin, address);
  const bool larger = form == AddressForm::whole || form == AddressForm::neighbours;
  require(!larger || !address.is_v4() || classes.ip_in_name);

  for (const auto outcome : {ClientName::Outcome::confirmed, ClientName::Outcome::mismatch}) {
    const auto signs = signs_in({outcome, name}, address, Leads::unknown, settings);
    require(signs.strength() == 0 || !signs.describe().empty());
    const auto spared = signs_in({outcome, name}, address, Leads::yes, settings);
    require(name.empty() || spared.strength() < kStrengthHit);
  }
  return 0;
}

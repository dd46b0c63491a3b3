// Implements settings/as_database.h with libmaxminddb.
#include "settings/as_database.h"

#include <fmt/format.h>
#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace gatepost {
namespace {

sockaddr_in6 socket_address(const std::array<std::uint8_t, 16>& bytes) {
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  std::copy(bytes.begin(), bytes.end(), std::begin(six.sin6_addr.s6_addr));
  return six;
}

sockaddr_in socket_address(std::uint32_t v4_bits) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(v4_bits);
  return four;
}

class Database final : public AsNumbers {
 public:
  explicit Database(const MMDB_s& database) : database_(database) {}
  ~Database() override { MMDB_close(&database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  std::optional<AutonomousSystem> system_of(const Address& address) const override {
    int problem = MMDB_SUCCESS;
    auto found = address.is_v4() ? look_up(socket_address(address.v4_bits()), problem)
                                 : look_up(socket_address(address.bytes()), problem);
    if (problem != MMDB_SUCCESS || !found.found_entry) return std::nullopt;
    return number_in(found.entry);
  }

 private:
  template <typename SocketAddress>
  MMDB_lookup_result_s look_up(const SocketAddress& address, int& problem) const {
    return MMDB_lookup_sockaddr(&database_, reinterpret_cast<const sockaddr*>(&address), &problem);
  }

  static std::optional<AutonomousSystem> number_in(MMDB_entry_s& entry) {
    MMDB_entry_data_s data{};
    if (MMDB_get_value(&entry, &data, "autonomous_system_number", nullptr) != MMDB_SUCCESS ||
        !data.has_data) {
      return std::nullopt;
    }
    if (data.type != MMDB_DATA_TYPE_UINT32) return std::nullopt;
    return AutonomousSystem{data.uint32};
  }

  MMDB_s database_;
};

}  // namespace

Result<std::shared_ptr<const AsNumbers>> open_as_database(const std::string& path) {
  MMDB_s database{};
  const int problem = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database);
  if (problem != MMDB_SUCCESS) {
    return Error{problem == MMDB_FILE_OPEN_ERROR || problem == MMDB_IO_ERROR
                     ? std::generic_category().message(errno)
                     : std::string(MMDB_strerror(problem))};
  }
  std::shared_ptr<const AsNumbers> opened = std::make_shared<Database>(database);
  const std::string_view type(database.metadata.database_type);
  const auto names = [&](std::string_view word) { return type.find(word) != type.npos; };
  if (!names("ASN") && !names("ISP")) return Error{fmt::format("it is a {} database", type)};
  return opened;
}

}  // namespace gatepost

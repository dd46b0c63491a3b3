// Implements the codecs of settings/codecs.h that are no mail addresses or names.
#include "settings/codecs.h"

#include <array>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "settings/from_text.h"

namespace gatepost::settings_table {

std::string quoted(std::string_view text) {
  std::string safe = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      safe += fmt::format("\\u{:04x}", byte);
    } else {
      if (c == '"' || c == '\\') safe += '\\';
      safe += c;
    }
  }
  return safe + '"';
}

std::string repeated(std::string_view text) { return '"' + escape(text, 80) + '"'; }

std::string found(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "is a table";
    case toml::node_type::array:
      return "is a list";
    case toml::node_type::string:
      return "is a text";
    case toml::node_type::integer:
      return "is a whole number";
    case toml::node_type::floating_point:
      return "is a number with a fraction";
    case toml::node_type::boolean:
      return "is a true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "is a date or time";
    case toml::node_type::none:
      break;
  }
  return "is nothing";
}

std::string one_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += quoted(words[i]);
  }
  return text;
}

Codec<Duration> duration(Duration min, Duration max) {
  const auto parse = [=](std::string_view text) -> Result<Duration> {
    auto value = parse_duration(text);
    if (!value) return Error{repeated(text) + " is no duration"};
    if (*value < min || *value > max) return Error{repeated(text) + " is out of range"};
    return value;
  };
  const auto expected =
      fmt::format("a duration from \"{}\" to \"{}\"", to_string(min), to_string(max));
  return from_text<Duration>("duration", expected, parse,
                             [](const Duration& value) { return quoted(to_string(value)); });
}

Codec<std::optional<Duration>> one_in(Duration min, Duration max) {
  constexpr std::string_view kOneIn = "1 in ";
  const auto parse = [=](std::string_view text) -> Result<std::optional<Duration>> {
    if (text == "none") return std::optional<Duration>();
    if (!text.starts_with(kOneIn)) return Error{repeated(text) + " is neither"};
    const auto value = parse_duration(text.substr(kOneIn.size()));
    if (!value) return Error{repeated(text) + " has no duration"};
    if (*value < min || *value > max) return Error{repeated(text) + " is out of range"};
    return std::optional(*value);
  };
  const auto expected = fmt::format("\"none\", or \"1 in \" and a duration from {} to {}",
                                    to_string(min), to_string(max));
  return from_text<std::optional<Duration>>(
      "frequency", expected, parse, [](const std::optional<Duration>& value) {
        return quoted(value ? fmt::format("1 in {}", to_string(*value)) : "none");
      });
}

namespace {

struct SizeUnit {
  std::string_view sign;
  unsigned shift;
};
constexpr std::array<SizeUnit, 5> kSizeUnits{
    {{"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}}};

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto digits = text.find_first_not_of("0123456789");
  const auto number = parse_decimal<std::uint64_t>(text.substr(0, digits));
  if (!number || digits == std::string_view::npos) return std::nullopt;
  for (const auto& unit : kSizeUnits) {
    if (text.substr(digits) != unit.sign) continue;
    if (*number > UINT64_MAX >> unit.shift) return UINT64_MAX;
    return *number << unit.shift;
  }
  return std::nullopt;
}

std::string show_size(std::uint64_t bytes) {
  for (const auto& unit : kSizeUnits) {
    const auto count = bytes >> unit.shift;
    if (count > 0 && count << unit.shift == bytes) return fmt::format("{}{}", count, unit.sign);
  }
  return "0B";
}

}  // namespace

Codec<std::uint64_t> size(std::uint64_t bytes_min, std::uint64_t bytes_max) {
  const auto parse = [=](std::string_view text) -> Result<std::uint64_t> {
    const auto value = parse_size(text);
    if (!value) return Error{repeated(text) + " is no size"};
    if (*value < bytes_min || *value > bytes_max) return Error{repeated(text) + " is out of range"};
    return *value;
  };
  const auto expected =
      fmt::format("a size from \"{}\" to \"{}\"", show_size(bytes_min), show_size(bytes_max));
  return from_text<std::uint64_t>(
      "size", expected, parse, [](const std::uint64_t& bytes) { return quoted(show_size(bytes)); });
}

Codec<double> number(double min, double max) {
  const auto parse = [=](const toml::node& node) -> Result<double> {
    if (!node.is_number()) return Error{found(node)};
    const double value = node.is_integer() ? static_cast<double>(node.as_integer()->get())
                                           : node.as_floating_point()->get();
    // Written so that "nan" is out of range.
    if (!(value >= min && value <= max)) return Error{fmt::format("{} is out of range", value)};
    return value;
  };
  return {"number", fmt::format("a number from {} to {}", min, max), parse,
          [](const double& value) { return fmt::format("{}", value); }};
}

Codec<bool> flag() {
  const auto parse = [](const toml::node& node) -> Result<bool> {
    if (const auto value = node.value_exact<bool>()) return *value;
    return Error{found(node)};
  };
  return {"true or false", "true or false", parse,
          [](const bool& value) { return std::string(value ? "true" : "false"); }};
}

namespace {

Error no_network(std::string_view text, std::string_view what_it_is) {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (address && slash != std::string_view::npos) {
    const auto bits = parse_decimal<unsigned>(text.substr(slash + 1));
    if (bits && *bits <= (address->is_v4() ? 32u : 128u)) {
      return Error{fmt::format("{} has bits set behind its prefix (meant: {}?)", repeated(text),
                               Network(*address, *bits).to_string())};
    }
  }
  return Error{fmt::format("{} {}", repeated(text), what_it_is)};
}

std::string show_network(const Network& network) { return quoted(network.to_string()); }

}  // namespace

Codec<Network> network() {
  const auto parse = [](std::string_view text) -> Result<Network> {
    if (const auto network = Network::parse(text)) return *network;
    return no_network(text, "is no network");
  };
  return from_text<Network>("network", "a network such as \"192.0.2.0/24\" or \"2001:db8::1\"",
                            parse, show_network);
}

Codec<NetworkOrDomain> network_or_domain() {
  const auto parse = [](std::string_view text) -> Result<NetworkOrDomain> {
    if (const auto network = Network::parse(text)) return NetworkOrDomain(*network);
    if (auto key = domain_key(text)) return NetworkOrDomain(*std::move(key));
    return no_network(text, "is neither a network nor a domain");
  };
  const auto show = [](const NetworkOrDomain& value) {
    const auto* network = std::get_if<Network>(&value);
    return network ? show_network(*network) : quoted(std::get<std::string>(value));
  };
  return from_text<NetworkOrDomain>(
      "network or domain",
      "a network such as \"192.0.2.0/24\", or a domain such as \"example.net\", which covers those "
      "below it",
      parse, show);
}

namespace {

Codec<Endpoint> endpoint_codec(std::string_view examples) {
  const auto parse = [](std::string_view text) -> Result<Endpoint> {
    const auto endpoint = Endpoint::parse(text);
    if (endpoint && endpoint->port > 0) return *endpoint;
    return Error{repeated(text) + " is no endpoint"};
  };
  return from_text<Endpoint>("endpoint", fmt::format("an address and port such as {}", examples),
                             parse,
                             [](const Endpoint& endpoint) { return quoted(endpoint.to_string()); });
}

}  // namespace

Codec<Endpoint> endpoint() { return endpoint_codec("\"192.0.2.1:25\" or \"[2001:db8::1]:25\""); }

Codec<Endpoint> name_server() { return endpoint_codec("\"127.0.0.1:53\" or \"[::1]:53\""); }

namespace {

constexpr std::string_view kSmtpScheme = "smtp://";
constexpr std::string_view kMaildirScheme = "maildir:";

std::optional<Backend> parse_smtp_backend(std::string_view host_and_port) {
  Backend backend;
  if (const auto endpoint = Endpoint::parse(host_and_port)) {
    backend.host = endpoint->address.to_string();
    backend.port = endpoint->port;
  } else {
    const auto colon = host_and_port.rfind(':');
    const auto host = host_and_port.substr(0, colon);
    if (colon == std::string_view::npos || !is_domain(host)) return std::nullopt;
    backend.host = host;
    backend.port = parse_decimal<std::uint16_t>(host_and_port.substr(colon + 1)).value_or(0);
  }
  return backend.port > 0 ? std::optional(backend) : std::nullopt;
}

Result<Backend> parse_backend(std::string_view text) {
  if (text.starts_with(kSmtpScheme)) {
    if (const auto backend = parse_smtp_backend(text.substr(kSmtpScheme.size()))) return *backend;
    return Error{repeated(text) + " names no host and port"};
  }
  if (text.starts_with(kMaildirScheme)) {
    const auto folder = text.substr(kMaildirScheme.size());
    if (!folder.empty() && is_path(folder)) {
      Backend backend;
      backend.kind = Backend::Kind::maildir;
      backend.path = folder;
      return backend;
    }
    return Error{repeated(text) + " names no folder"};
  }
  return Error{repeated(text) + " is no backend"};
}

std::string show_backend(const Backend& backend) {
  if (backend.kind == Backend::Kind::maildir) {
    return quoted(fmt::format("{}{}", kMaildirScheme, backend.path));
  }
  const bool six = backend.host.find(':') != std::string::npos;
  const auto host = six ? '[' + backend.host + ']' : backend.host;
  return quoted(fmt::format("{}{}:{}", kSmtpScheme, host, backend.port));
}

}  // namespace

Codec<Backend> backend() {
  return from_text<Backend>("backend", "\"smtp://HOST:PORT\" or \"maildir:PATH\"", parse_backend,
                            show_backend);
}

}  // namespace gatepost::settings_table

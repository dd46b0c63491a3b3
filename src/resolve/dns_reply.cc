// Implements resolve/dns_reply.h.
#include "resolve/dns_reply.h"

#include <arpa/nameser.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"

namespace gatepost {
namespace {

using Outcome = DnsAnswer::Outcome;

constexpr int kRecordsMax = 256;
constexpr int kAliasesMax = 8;

struct Record {
  std::string owner;
  int type{};
  std::uint32_t ttl{};  // seconds
  std::string_view data;
};

// Names inside are compressed, so what reads them needs the whole message.
class Message {
 public:
  static std::optional<Message> parse(std::string_view bytes) {
    Message message;
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
        ns_initparse(as_octets(bytes), static_cast<int>(bytes.size()), &message.handle_) != 0) {
      return std::nullopt;
    }
    return message;
  }

  bool is_answer() const {
    return ns_msg_getflag(handle_, ns_f_qr) == 1 && ns_msg_getflag(handle_, ns_f_tc) == 0;
  }
  int code() const { return ns_msg_getflag(handle_, ns_f_rcode); }
  bool answers_nothing() const { return ns_msg_count(handle_, ns_s_an) == 0; }

  // Those of class IN; nothing where one of them is broken.
  std::optional<std::vector<Record>> records(ns_sect section) {
    std::vector<Record> found;
    const int count = std::min<int>(ns_msg_count(handle_, section), kRecordsMax);
    for (int i = 0; i < count; ++i) {
      ns_rr record;
      if (ns_parserr(&handle_, section, i, &record) != 0) return std::nullopt;
      if (ns_rr_class(record) != ns_c_in) continue;
      const std::string_view data(reinterpret_cast<const char*>(ns_rr_rdata(record)),
                                  record.rdlength);
      found.push_back({ns_rr_name(record), ns_rr_type(record), ns_rr_ttl(record), data});
    }
    return found;
  }

  // The name that `bytes`, a part of this message, begins with; odd bytes in it are escaped, which
  // no host name survives.
  std::optional<std::string> name_at(std::string_view bytes) const {
    std::array<char, NS_MAXDNAME> name;
    const auto length = ns_name_uncompress(ns_msg_base(handle_), ns_msg_end(handle_),
                                           as_octets(bytes), name.data(), name.size());
    if (length < 0 || static_cast<std::size_t>(length) > bytes.size()) return std::nullopt;
    return name.data();
  }

  // Behind the name that `bytes` begins with; nothing where there is none.
  std::optional<std::string_view> behind_name(std::string_view bytes) const {
    const unsigned char* place = as_octets(bytes);
    if (ns_name_skip(&place, place + bytes.size()) != 0) return std::nullopt;
    return bytes.substr(static_cast<std::size_t>(place - as_octets(bytes)));
  }

 private:
  static const unsigned char* as_octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  }
  ns_msg handle_{};
};

// Collects what the records of one name say.
class Collector {
 public:
  Collector(const Message& message, DnsType type) : message_(message), type_(type) {}

  // False where the record is broken.
  bool add(std::string_view data) {
    switch (type_) {
      case DnsType::a:
        return add_v4(data);
      case DnsType::aaaa:
        return add_v6(data);
      case DnsType::ptr:
        return add_name(0, data);
      case DnsType::mx:
        if (data.size() < 2) return false;
        return add_name(ByteReader(data).integer<std::uint16_t>(), data.substr(2));
      case DnsType::txt:
        return add_text(data);
    }
    return false;
  }

  DnsAnswer answer() {
    std::stable_sort(names_.begin(), names_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    DnsAnswer all{Outcome::found, std::move(addresses_), {}};
    for (auto& [preference, name] : names_) all.names.push_back(std::move(name));
    return within_bounds(type_, std::move(all));
  }

 private:
  bool add_v4(std::string_view data) {
    if (data.size() != 4) return false;
    addresses_.push_back(Address::v4(ByteReader(data).integer<std::uint32_t>()));
    return true;
  }

  bool add_v6(std::string_view data) {
    std::array<std::uint8_t, 16> bytes;
    if (data.size() != bytes.size()) return false;
    std::copy(data.begin(), data.end(), bytes.begin());
    addresses_.push_back(Address::from_bytes(bytes));
    return true;
  }

  bool add_name(std::uint16_t preference, std::string_view data) {
    auto name = message_.name_at(data);
    if (!name) return false;
    names_.emplace_back(preference, *std::move(name));
    return true;
  }

  // Strings of up to 255 bytes, which are one text (RFC 7208 3.3).
  bool add_text(std::string_view data) {
    std::string text;
    ByteReader reader(data);
    while (!reader.at_end() && !reader.failed())
      text += reader.take(reader.integer<std::uint8_t>());
    if (!reader.failed()) names_.emplace_back(std::uint16_t{0}, std::move(text));
    return !reader.failed();
  }

  const Message& message_;
  const DnsType type_;
  std::vector<Address> addresses_;
  std::vector<std::pair<std::uint16_t, std::string>> names_;  // by preference
};

Duration seconds(std::uint32_t count) { return std::chrono::seconds(count); }

// RFC 2308 5: how long there is nothing is the lesser of the SOA's TTL and its last number.
std::optional<Duration> negative_ttl(const Message& message, const Record& soa) {
  auto rest = message.behind_name(soa.data);
  if (rest) rest = message.behind_name(*rest);
  if (!rest || rest->size() != 20) return std::nullopt;
  return seconds(std::min(soa.ttl, ByteReader(rest->substr(16)).integer<std::uint32_t>()));
}

// RFC 2308 2.2: name servers without an SOA are a referral, and no answer.
DnsReply nothing_there(Message& message) {
  const auto records = message.records(ns_s_ns);
  if (!records) return {};
  bool refers = false;
  for (const auto& record : *records) {
    if (record.type == ns_t_ns) refers = true;
    if (record.type != ns_t_soa) continue;
    const auto ttl = negative_ttl(message, record);
    return ttl ? DnsReply{{Outcome::none, {}, {}}, *ttl} : DnsReply{};
  }
  if (refers && message.code() == ns_r_noerror) return {};
  return {{Outcome::none, {}, {}}, {}};
}

// From alias to alias to the records that were asked for.
DnsReply follow(const DnsQuestion& question, Message& message, const std::vector<Record>& records) {
  const int wanted = dns_type_number(question.type);
  std::string name = question.name;
  std::uint32_t ttl = std::numeric_limits<std::uint32_t>::max();
  for (int aliases = 0; aliases <= kAliasesMax; ++aliases) {
    Collector collector(message, question.type);
    const Record* alias = nullptr;
    bool found = false;
    for (const auto& record : records) {
      if (!equals_ignoring_case(record.owner, name)) continue;
      if (record.type == ns_t_cname) alias = &record;
      if (record.type != wanted) continue;
      if (!collector.add(record.data)) return {};
      ttl = std::min(ttl, record.ttl);
      found = true;
    }
    if (found) return {collector.answer(), seconds(ttl)};
    if (!alias) return aliases > 0 ? nothing_there(message) : DnsReply{};
    auto next = message.name_at(alias->data);
    if (!next) return {};
    name = *std::move(next);
    ttl = std::min(ttl, alias->ttl);
  }
  return {};
}

}  // namespace

int dns_type_number(DnsType type) {
  switch (type) {
    case DnsType::ptr:
      return ns_t_ptr;
    case DnsType::a:
      return ns_t_a;
    case DnsType::aaaa:
      return ns_t_aaaa;
    case DnsType::mx:
      return ns_t_mx;
    case DnsType::txt:
      return ns_t_txt;
  }
  return ns_t_invalid;
}

DnsReply read_dns_reply(const DnsQuestion& question, std::string_view bytes) {
  auto message = Message::parse(bytes);
  if (!message || !message->is_answer()) return {};
  if (message->code() == ns_r_nxdomain) return nothing_there(*message);
  if (message->code() != ns_r_noerror) return {};
  const auto records = message->records(ns_s_an);
  if (!records) return {};
  return message->answers_nothing() ? nothing_there(*message)
                                    : follow(question, *message, *records);
}

}  // namespace gatepost

// Puts messages of the DNS together, right ones and wrong ones, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/text.h"
#include "gate/ports/resolver.h"
#include "resolve/dns_reply.h"

namespace gatepost::dns_test {

inline constexpr int kTypeNs = 2;
inline constexpr int kTypeCname = 5;
inline constexpr int kTypeSoa = 6;

template <typename Integer>
std::string integer(Integer value) {
  std::string bytes;
  ByteWriter(bytes).integer(value);
  return bytes;
}

// Uncompressed; labels may hold anything but dots.
inline std::string name_data(std::string_view name) {
  std::string bytes;
  if (!name.empty()) {
    for (const auto label : split(name, '.'))
      bytes.append(1, static_cast<char>(label.size())).append(label);
  }
  return bytes + '\0';
}

inline std::string address_data(std::string_view text) {
  const auto address = *Address::parse(text);
  const auto& bytes = address.bytes();
  const std::string all(bytes.begin(), bytes.end());
  return address.is_v4() ? all.substr(12) : all;
}

inline std::string mx_data(std::uint16_t preference, std::string_view name) {
  return integer(preference) + name_data(name);
}

inline std::string text_data(std::string_view text) {  // at most 255 bytes
  return static_cast<char>(text.size()) + std::string(text);
}

inline std::string soa_data(std::uint32_t minimum) {
  return name_data("ns.example") + name_data("root.example") + integer(std::uint32_t{1}) +
         integer(std::uint32_t{7200}) + integer(std::uint32_t{600}) +
         integer(std::uint32_t{86400}) + integer(minimum);
}

// A reply to a question, with the records added to it.
class Message {
 public:
  Message(const DnsQuestion& question, int code = 0)
      : question_(name_data(question.name) +
                  integer(static_cast<std::uint16_t>(dns_type_number(question.type))) +
                  integer(std::uint16_t{1})),
        flags_(static_cast<std::uint16_t>(0x8180 | code)) {}

  Message& id(std::uint16_t id) { return id_ = id, *this; }
  Message& flags(std::uint16_t flags) { return flags_ = flags, *this; }

  Message& answer(std::string_view name, int type, std::string_view data, std::uint32_t ttl = 300) {
    return ++answers_, records_ += record(name, type, data, ttl), *this;
  }
  Message& answer(std::string_view name, DnsType type, std::string_view data,
                  std::uint32_t ttl = 300) {
    return answer(name, dns_type_number(type), data, ttl);
  }
  // Behind all answers.
  Message& authority(std::string_view name, int type, std::string_view data,
                     std::uint32_t ttl = 300) {
    return ++authorities_, records_ += record(name, type, data, ttl), *this;
  }

  std::string bytes() const {
    return integer(id_) + integer(flags_) + integer(std::uint16_t{1}) + integer(answers_) +
           integer(authorities_) + integer(std::uint16_t{0}) + question_ + records_;
  }

 private:
  static std::string record(std::string_view name, int type, std::string_view data,
                            std::uint32_t ttl) {
    return name_data(name) + integer(static_cast<std::uint16_t>(type)) + integer(std::uint16_t{1}) +
           integer(ttl) + integer(static_cast<std::uint16_t>(data.size())) + std::string(data);
  }

  std::string question_;
  std::string records_;
  std::uint16_t flags_;
  std::uint16_t id_ = 1;
  std::uint16_t answers_ = 0;
  std::uint16_t authorities_ = 0;
};

}  // namespace gatepost::dns_test

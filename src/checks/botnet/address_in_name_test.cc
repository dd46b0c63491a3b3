// Tests of checks/botnet/address_in_name.h.
#include "checks/botnet/address_in_name.h"

#include <gtest/gtest.h>

namespace gatepost {
namespace {

Address address(std::string_view text) { return *Address::parse(text); }

TEST(HoldsAddress, FindsWhatThePluginFinds) {
  const struct {
    const char* part;
    const char* address;
    bool holds;
  } rows[] = {
      {"192-0-2-7", "192.0.2.7", true},
      {"host7.2", "192.0.2.7", true},      // backwards, across a dot
      {"x203y113z", "203.113.9.9", true},  // anything between
      {"113203", "203.113.9.9", true},     // nothing between
      {"203-9", "203.113.9.77", false},    // no neighbours
      {"c0000207", "192.0.2.7", true},     // hex
      {"xcb71", "203.113.9.9", true},
      {"71-cb", "203.113.9.9", true},
      {"cb-113", "203.113.9.9", false},   // never mixed
      {"3221225991", "192.0.2.7", true},  // as one number
      {"519", "203.0.2.7", true},         // c and d as one: 2*256+7
      {"12582914", "192.0.2.77", true},   // a, b, c: 192*65536 + 0*256 + 2
      {"host0", "24.0.0.7", true},        // small ones are met by chance
      {"a5", "10.0.0.5", true},
      {"badger07006", "17.254.6.173", true},  // "ad" and "06"
      {"11", "11.11.200.201", false},         // each of two needs a place of its own
      {"111", "11.11.200.201", false},
      {"1111", "11.11.200.201", true},
      {"", "0.0.0.0", false},
      {"0", "0.0.0.0", true},
      {"2001-db8", "2001:db8::1", false},  // never IPv6
      {"7-2", "::ffff:192.0.2.7", true},   // this is IPv4
  };
  for (const auto& row : rows) {
    EXPECT_EQ(holds_address(row.part, address(row.address)), row.holds)
        << row.part << ' ' << row.address;
  }
}

struct Form {
  const char* part;
  const char* address;
  AddressForm form;
};

void expect(std::initializer_list<Form> rows) {
  for (const auto& row : rows) {
    EXPECT_EQ(static_cast<int>(address_form(row.part, address(row.address))),
              static_cast<int>(row.form))
        << row.part << ' ' << row.address;
  }
}

TEST(AddressForm, OfIpv4) {
  using enum AddressForm;
  expect({
      {"192-0-2-7.pool", "192.0.2.7", whole},
      {"7.2.0.192", "192.0.2.7", whole},
      {"host-192-168-2", "192.168.2.7", whole},
      {"ip192-168x", "192.168.2.7", neighbours},
      {"168x192", "192.168.2.7", neighbours},
      {"192-2", "192.168.2.7", none},
      {"cm60.delta202", "59.189.202.60", neighbours},
      {"chello087207223061", "87.207.223.61", whole},  // padded, inside a run
      {"x61223", "87.207.223.61", neighbours},
      {"x612", "87.207.2.61", none},  // too short to be two numbers
      {"8720722361", "87.207.223.61", whole},
      {"18720723615", "187.20.72.36", none},      // unpadded ones cannot be told apart inside
      {"pd952bf2a.dip", "217.82.191.42", whole},  // hex
      {"p8627", "89.52.134.39", neighbours},
      {"c0-00-02-07", "192.0.2.7", whole},
      {"3221225991", "192.0.2.7", whole},
      {"32212259910", "192.0.2.7", none},
      {"host7", "192.0.2.7", last_number},
      {"host007.x", "192.0.2.7", last_number},
      {"host77", "192.0.2.7", none},
      {"mail.x7", "192.0.2.7", none},  // only in the first label
      {"mail", "192.0.2.7", none},
      {"", "192.0.2.7", none},
  });
}

TEST(AddressForm, OfIpv6) {
  using enum AddressForm;
  expect({
      {"2001-db8-0-1--5.dyn", "2001:db8:0:1::5", whole},
      {"dyn-2001-0db8-0000-0001", "2001:db8:0:1::5", whole},
      {"x.2001-db8", "2001:db8:aaaa:bbbb::5", neighbours},
      {"db8-aaaa.x", "2001:db8:aaaa:bbbb::5", neighbours},
      {"1-5", "2001:db8:0:1::5", none},  // small ones are met by chance
      {"host-bbbb", "2001:db8::bbbb", last_number},
      {"host-5", "2001:db8::5", none},
      {"20010db8000000010000000000000005", "2001:db8:0:1::5", whole},
      {"cafe0000deadbeef1.x", "2001:db8::cafe:0:dead:beef", whole},
      {"f.e.e.b.d.a.e.d.0.0.0.0.e.f.a.c.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2",
       "2001:db8::cafe:0:dead:beef", whole},
      {"f.e.e.b.d.a.e.d.0.0.0.0.e.f.a.c.ip6", "2001:db8::cafe:0:dead:beef", whole},
      {"192-0-2-7", "2001:db8::c000:207", none},
      {"mail", "2001:db8::5", none},
      {"de.be.fa", "2001:db8::5", none},
      {"0-0-0", "::", none},
  });
}

TEST(AddressForm, OfHostileNames) {
  std::string digits;
  for (int i = 0; i < 60; ++i) digits += "1-01-001.";
  EXPECT_NE(address_form(digits, address("1.1.1.1")), AddressForm::none);
  EXPECT_EQ(address_form(std::string(250, '9'), address("1.1.1.1")), AddressForm::none);
  EXPECT_EQ(address_form(std::string(250, 'f'), address("2001:db8::1")), AddressForm::none);
}

}  // namespace
}  // namespace gatepost

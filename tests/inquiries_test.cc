// Tests of gate/client_inquiry.h and gate/sender_inquiry.h with the lab's DNS.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "gate/client_inquiry.h"
#include "gate/sender_inquiry.h"
#include "lab/scripted_resolver.h"

namespace gatepost {
namespace {

using Fault = ScriptedResolver::Fault;
using Name = ClientName::Outcome;
using Sender = Leads;
using std::chrono::seconds;

const Address kClient = *Address::parse("192.0.2.1");
const Address kClient6 = *Address::parse("2001:db8::1");
const Address kElsewhere = *Address::parse("198.51.100.7");

class InquiryTest : public ::testing::Test {
 protected:
  void ask(const Address& client = kClient, std::vector<DnsQuestion> others = {}) {
    inquiry_ =
        std::make_unique<ClientInquiry>(dns_, client, std::move(others), [this] { ++done_; });
    EXPECT_EQ(done_, 0);
  }

  // To the end.
  ClientName name_of(const Address& client) {
    done_ = 0;
    ask(client);
    pass(seconds(60));
    EXPECT_EQ(done_, 1);
    EXPECT_TRUE(inquiry_->complete());
    return inquiry_->knowledge().name;
  }

  void pass(Duration time) {
    const auto end = now_ + time;
    for (auto due = dns_.deadline(); due && *due <= end; due = dns_.deadline()) {
      now_ = std::max(now_, *due);
      dns_.deliver();
    }
    now_ = end;
  }

  void add_ptr(const Address& client, const std::string& name) {
    dns_.add(DnsType::ptr, reverse_name(client), name);
  }

  Instant now_{Duration(1'000)};
  ScriptedResolver dns_{now_};
  std::unique_ptr<ClientInquiry> inquiry_;
  int done_ = 0;
};

TEST_F(InquiryTest, ANameThatLeadsBackIsConfirmed) {
  dns_.add_host(kClient, "mail.example");
  dns_.add_host(kClient6, "mail6.example");
  EXPECT_EQ(name_of(kClient), (ClientName{Name::confirmed, "mail.example"}));
  EXPECT_EQ(name_of(kClient6), (ClientName{Name::confirmed, "mail6.example"}));
  EXPECT_EQ(name_of(*Address::parse("::ffff:192.0.2.1")),
            (ClientName{Name::confirmed, "mail.example"}));
}

TEST_F(InquiryTest, AsksForTheClientsOwnFamily) {
  dns_.add_host(kClient, "mail.example");
  dns_.add_host(kClient6, "mail.example");
  name_of(kClient);
  name_of(kClient6);
  EXPECT_EQ(dns_.asked(), (std::vector<DnsQuestion>{{DnsType::ptr, reverse_name(kClient)},
                                                    {DnsType::a, "mail.example"},
                                                    {DnsType::ptr, reverse_name(kClient6)},
                                                    {DnsType::aaaa, "mail.example"}}));
}

TEST_F(InquiryTest, AnAddressMayHaveNoName) {
  EXPECT_EQ(name_of(kClient), (ClientName{Name::none, ""}));
  add_ptr(kClient6, "no name at all");
  EXPECT_EQ(name_of(kClient6), (ClientName{Name::none, ""}));
}

TEST_F(InquiryTest, ANameMayLeadElsewhere) {
  add_ptr(kClient, "mail.example");
  EXPECT_EQ(name_of(kClient), (ClientName{Name::mismatch, "mail.example"}));
  dns_.add(DnsType::a, "mail.example", kElsewhere.to_string());
  EXPECT_EQ(name_of(kClient), (ClientName{Name::mismatch, "mail.example"}));
  dns_.add(DnsType::a, "mail.example", kClient.to_string());
  EXPECT_EQ(name_of(kClient), (ClientName{Name::confirmed, "mail.example"}));
}

TEST_F(InquiryTest, OneOfSeveralNamesIsEnough) {
  for (const char* name : {"a.example", "b.example", "c.example", "d.example"})
    add_ptr(kClient, name);
  dns_.add(DnsType::a, "c.example", kClient.to_string());
  dns_.add(DnsType::a, "d.example", kClient.to_string());
  dns_.set_fault(DnsType::a, "b.example", Fault::silent);
  EXPECT_EQ(name_of(kClient), (ClientName{Name::confirmed, "c.example"}));
}

TEST_F(InquiryTest, WhatFailsIsUnknownAndNoMismatch) {
  for (const auto fault : {Fault::fails, Fault::silent}) {
    dns_.set_fault(DnsType::ptr, reverse_name(kClient6), fault);
    EXPECT_EQ(name_of(kClient6), (ClientName{Name::unknown, ""}));
  }
  add_ptr(kClient, "a.example");
  add_ptr(kClient, "b.example");
  EXPECT_EQ(name_of(kClient), (ClientName{Name::mismatch, "a.example"}));
  for (const auto fault : {Fault::fails, Fault::silent}) {
    dns_.set_fault(DnsType::a, "b.example", fault);
    EXPECT_EQ(name_of(kClient), (ClientName{Name::unknown, "a.example"}));
  }
}

TEST_F(InquiryTest, LooksAtTenNamesAndDoesNotJudgeByMore) {
  for (int i = 0; i < 9; ++i) add_ptr(kClient, fmt::format("n{}.example", i));
  EXPECT_EQ(name_of(kClient).outcome, Name::mismatch);
  for (int i = 9; i < 30; ++i) add_ptr(kClient, fmt::format("n{}.example", i));
  dns_.add(DnsType::a, "n10.example", kClient.to_string());
  const auto before = dns_.asked().size();
  EXPECT_EQ(name_of(kClient), (ClientName{Name::unknown, "n0.example"}));
  EXPECT_EQ(dns_.asked().size() - before, 11u);
  dns_.add(DnsType::a, "n9.example", kClient.to_string());
  EXPECT_EQ(name_of(kClient), (ClientName{Name::confirmed, "n9.example"}));
}

TEST_F(InquiryTest, TellsAtAnyTimeWhatIsKnown) {
  dns_.set_delay(seconds(1));
  add_ptr(kClient, "a.example");
  add_ptr(kClient, "b.example");
  dns_.add(DnsType::a, "a.example", kClient.to_string());
  dns_.set_fault(DnsType::a, "b.example", Fault::silent);
  ask();
  EXPECT_EQ(inquiry_->knowledge(), ClientKnowledge{});
  pass(seconds(1));
  EXPECT_EQ(inquiry_->knowledge().name, (ClientName{Name::unknown, "a.example"}));
  pass(seconds(1));
  EXPECT_EQ(inquiry_->knowledge().name, (ClientName{Name::confirmed, "a.example"}));
  EXPECT_FALSE(inquiry_->complete());
  EXPECT_EQ(done_, 0);
  pass(seconds(2));
  EXPECT_TRUE(inquiry_->complete());
  EXPECT_EQ(done_, 1);
}

TEST_F(InquiryTest, AsksOtherQuestionsBeside) {
  dns_.add_host(kClient, "mail.example");
  const DnsQuestion listed{DnsType::a, "1.2.0.192.zone.example"};
  const DnsQuestion free{DnsType::a, "1.2.0.192.other.example"};
  const DnsQuestion dead{DnsType::a, "1.2.0.192.dead.example"};
  dns_.add(listed.type, listed.name, "127.0.0.2");
  dns_.set_fault(dead.type, dead.name, Fault::silent);
  ask(kClient, {dead, free, listed});
  const auto all = [&](DnsAnswer at_dead, DnsAnswer at_free, DnsAnswer at_listed) {
    return std::vector<std::pair<DnsQuestion, DnsAnswer>>{
        {dead, std::move(at_dead)}, {free, std::move(at_free)}, {listed, std::move(at_listed)}};
  };
  EXPECT_EQ(inquiry_->knowledge().others, all({}, {}, {}));
  dns_.deliver();
  const DnsAnswer nothing{DnsAnswer::Outcome::none, {}, {}};
  const DnsAnswer found{DnsAnswer::Outcome::found, {*Address::parse("127.0.0.2")}, {}};
  EXPECT_EQ(inquiry_->knowledge().others, all({}, nothing, found));
  EXPECT_EQ(inquiry_->knowledge().name, (ClientName{Name::confirmed, "mail.example"}));
  EXPECT_EQ(done_, 0);
  pass(seconds(3));
  EXPECT_EQ(inquiry_->knowledge().others, all({}, nothing, found));
  EXPECT_EQ(done_, 1);
}

TEST_F(InquiryTest, EndsWhenItIsDropped) {
  dns_.add_host(kClient, "mail.example");
  ask();
  inquiry_.reset();
  pass(seconds(60));
  EXPECT_EQ(done_, 0);
  EXPECT_EQ(dns_.asked().size(), 1u);
}

TEST_F(InquiryTest, MayBeDroppedWhenItIsDone) {
  dns_.add_host(kClient, "mail.example");
  inquiry_ = std::make_unique<ClientInquiry>(dns_, kClient, std::vector<DnsQuestion>{}, [this] {
    inquiry_.reset();
    ++done_;
  });
  pass(seconds(60));
  EXPECT_EQ(done_, 1);
}

class SenderInquiryTest : public InquiryTest {
 protected:
  Sender outcome(const std::string& domain, const std::string& helo = "",
                 const std::string& name = "a1.pool.example", const Address& client = kClient) {
    int done = 0;
    const SenderInquiry inquiry(dns_, {client, name, domain, helo}, [&] { ++done; });
    const bool at_once = inquiry.complete();
    EXPECT_EQ(done, 0);
    pass(seconds(60));
    EXPECT_EQ(done, at_once ? 0 : 1);
    EXPECT_TRUE(inquiry.complete());
    return inquiry.outcome();
  }
  void add_a(const std::string& name, const Address& address) {
    dns_.add(address.is_v4() ? DnsType::a : DnsType::aaaa, name, address.to_string());
  }
};

TEST_F(SenderInquiryTest, TheDomainMayLeadToTheClient) {
  add_a("soho.example", kElsewhere);
  EXPECT_EQ(outcome("soho.example"), Sender::no);
  add_a("soho.example", kClient);
  EXPECT_EQ(outcome("soho.example"), Sender::yes);
  EXPECT_EQ(outcome("SOHO.Example."), Sender::yes);
  EXPECT_EQ(outcome("soho.example", "", "", kClient6), Sender::no);
  add_a("soho.example", kClient6);
  EXPECT_EQ(outcome("soho.example", "", "", kClient6), Sender::yes);
}

TEST_F(SenderInquiryTest, SoMayItsMailExchangers) {
  dns_.add(DnsType::mx, "soho.example", "mx1.example");
  dns_.add(DnsType::mx, "soho.example", "mx2.example");
  add_a("mx1.example", kElsewhere);
  EXPECT_EQ(outcome("soho.example"), Sender::no);
  add_a("mx2.example", kClient);
  EXPECT_EQ(outcome("soho.example"), Sender::yes);
}

TEST_F(SenderInquiryTest, SoMayWhatItSaysAtHelo) {
  add_a("helo.example", kClient);
  EXPECT_EQ(outcome("soho.example", "helo.example"), Sender::yes);
  EXPECT_EQ(outcome("soho.example", "other.example"), Sender::no);
  EXPECT_EQ(outcome("soho.example", "[192.0.2.1]"), Sender::no);
  EXPECT_EQ(outcome("[192.0.2.1]", "helo.example"), Sender::yes);
}

TEST_F(SenderInquiryTest, TheClientsOwnNameLeadsNowhere) {
  add_a("a1.pool.example", kClient);
  add_a("helo.example", kClient);
  EXPECT_EQ(outcome("soho.example", "A1.Pool.Example"), Sender::no);
  EXPECT_EQ(outcome("A1.pool.example", "helo.example"), Sender::no);
  EXPECT_EQ(outcome("a1.pool.example", "", ""), Sender::yes);
}

TEST_F(SenderInquiryTest, ABounceHasNoDomain) {
  add_a("helo.example", kClient);
  EXPECT_EQ(outcome("", "helo.example"), Sender::no);
  EXPECT_TRUE(dns_.asked().empty());
}

TEST_F(SenderInquiryTest, FiveRecordsAreLookedAt) {
  for (int i = 1; i < 5; ++i) add_a("soho.example", Address::v4(0xc6336400u + unsigned(i)));
  add_a("soho.example", kClient);
  EXPECT_EQ(outcome("soho.example"), Sender::yes);
  for (int i = 1; i < 6; ++i) add_a("sixth.example", Address::v4(0xc6336400u + unsigned(i)));
  add_a("sixth.example", kClient);
  EXPECT_EQ(outcome("sixth.example"), Sender::no);
  for (int i = 1; i < 7; ++i) dns_.add(DnsType::mx, "mx.example", fmt::format("mx{}.example", i));
  add_a("mx6.example", kClient);
  EXPECT_EQ(outcome("mx.example"), Sender::no);
  add_a("mx5.example", kClient);
  EXPECT_EQ(outcome("mx.example"), Sender::yes);
}

TEST_F(SenderInquiryTest, WhatFailsDecidesNothing) {
  for (const auto fault : {Fault::fails, Fault::silent}) {
    dns_.set_fault(DnsType::a, "soho.example", fault);
    EXPECT_EQ(outcome("soho.example"), Sender::unknown);
    dns_.set_fault(DnsType::mx, "mx.example", fault);
    EXPECT_EQ(outcome("mx.example"), Sender::unknown);
    dns_.add(DnsType::mx, "host.example", "mx1.example");
    dns_.set_fault(DnsType::a, "mx1.example", fault);
    EXPECT_EQ(outcome("host.example"), Sender::unknown);
  }
  add_a("helo.example", kClient);
  EXPECT_EQ(outcome("soho.example", "helo.example"), Sender::yes);
}

TEST_F(SenderInquiryTest, DomainsMayBeInAnyLanguage) {
  add_a("xn--bcher-kva.example", kClient);
  EXPECT_EQ(outcome("b\xc3\xbc"
                    "cher.example"),
            Sender::yes);
  EXPECT_EQ(outcome("b\xff"
                    "cher.example"),
            Sender::no);
}

TEST_F(SenderInquiryTest, IsDoneAsSoonAsItLeadsToTheClient) {
  dns_.set_fault(DnsType::mx, "soho.example", Fault::silent);
  add_a("soho.example", kClient);
  const SenderInquiry inquiry(dns_, {kClient, "", "soho.example", ""}, [this] { ++done_; });
  EXPECT_EQ(inquiry.outcome(), Sender::unknown);
  dns_.deliver();
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(inquiry.outcome(), Sender::yes);
  pass(seconds(60));
  EXPECT_EQ(done_, 1);
}

}  // namespace
}  // namespace gatepost

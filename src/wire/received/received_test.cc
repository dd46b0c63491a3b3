// Tests of wire/received/received.h: fields as servers write them, and what clients would like them
// to mean.
#include "wire/received/received.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>
#include <string_view>

namespace gatepost {
namespace {

using Kind = ReceivedField::Kind;

const std::string kDate = "; Sun, 22 Nov 2026 06:00:00 +0000";

// "192.0.2.1 helo=x name=y by=z with=ESMTP id=1 for=a@b login"; what is not told is left out.
std::string told(const std::string& value) {
  const auto read = read_received(value);
  if (!read) return "-";
  constexpr const char* kKinds[] = {"", "local", "internal", "fetched"};
  std::string text = kKinds[static_cast<int>(read->kind)];
  const auto add = [&](const std::string& key, const std::string& what) {
    if (!what.empty()) text += (text.empty() ? "" : " ") + key + what;
  };
  add("", read->client ? read->client->to_string() : "");
  add("user=", read->user);
  add("helo=", read->helo);
  add("name=", read->name);
  add("by=", read->by);
  add("at=", read->by_address ? read->by_address->to_string() : "");
  add("with=", read->with);
  add("id=", read->id);
  add("for=", read->recipient);
  add("", read->is_authenticated ? "login" : "");
  return text;
}

struct Row {
  const char* what;
  std::string field;  // without its date
  const char* told;
};

void expect(std::initializer_list<Row> rows) {
  for (const auto& row : rows) EXPECT_EQ(told(row.field + kDate), row.told) << row.what;
}

TEST(Received, ReadsPostfix) {
  expect({
      {"a name",
       "from pc.example.net (mail.example.net [192.0.2.1])\tby mx.example.org (Postfix) with ESMTP "
       "id 4F2\tfor <kim@example.org>",
       "192.0.2.1 helo=pc.example.net name=mail.example.net by=mx.example.org with=ESMTP id=4F2 "
       "for=kim@example.org"},
      {"no name, IPv6",
       "from [10.0.0.3] (unknown [IPv6:2001:db8::25]) by mx.example.org (Postfix) with SMTP id 4F2",
       "2001:db8::25 helo=[10.0.0.3] by=mx.example.org with=SMTP id=4F2"},
      {"TLS",
       "from a (a.example.net [192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
       "(256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits)) (Client CN "
       "\"a (b)\", Issuer \"c\" (not verified)) by mx (Postfix) with ESMTPS id 4F2 for <b@c>",
       "192.0.2.1 helo=a name=a.example.net by=mx with=ESMTPS id=4F2 for=b@c"},
      {"a user of ours",
       "from pc (dsl.example.net [192.0.2.1]) (using TLSv1.3 with cipher X (256/256 bits)) (No "
       "client certificate requested) (Authenticated sender: kim) by mx (Postfix) with ESMTPSA id "
       "4",
       "192.0.2.1 helo=pc name=dsl.example.net by=mx with=ESMTPSA id=4 login"},
      {"a program", "by mx.example.org (Postfix, from userid 1000) id 4F2",
       "local user=1000 by=mx.example.org id=4F2"},
  });
}

TEST(Received, ReadsSendmail) {
  expect({
      {"a name",
       "from relay.example.net (mail.example.net [192.0.2.1]) by mx.example.org (8.17.1/8.17.1) "
       "with ESMTPS id 5AM6 (version=TLSv1.3 cipher=X bits=256 verify=NO) for <kim@example.org>",
       "192.0.2.1 helo=relay.example.net name=mail.example.net by=mx.example.org with=ESMTPS "
       "id=5AM6 for=kim@example.org"},
      {"no name", "from x ([192.0.2.1]) by mx (8.17.1/8.17.1) with SMTP id 5",
       "192.0.2.1 helo=x by=mx with=SMTP id=5"},
      {"a name that does not lead back, folded by another",
       "from x (y.example.net [192.0.2.1] (may be\t   forged)) by mx (8.17.1) with SMTP id 5",
       "192.0.2.1 helo=x name=y.example.net by=mx with=SMTP id=5"},
      {"ident", "from x (IDENT:kim@y.example.net [192.0.2.1]) by mx (8.9.3/8.9.3) with SMTP id 5",
       "192.0.2.1 helo=x name=y.example.net by=mx with=SMTP id=5"},
      {"ident and no name", "from x (kim@[192.0.2.1]) by mx (8.17.1) with SMTP id 5",
       "192.0.2.1 helo=x by=mx with=SMTP id=5"},
      {"a user of ours",
       "from x (y [192.0.2.1]) (authenticated bits=0) by mx (8.17.1) with ESMTPSA id 5",
       "192.0.2.1 helo=x name=y by=mx with=ESMTPSA id=5 login"},
      {"a program", "(from kim@localhost) by mx (8.17.1/8.17.1/Submit) id 5 for a@b",
       "local user=kim by=mx id=5 for=a@b"},
  });
  EXPECT_EQ(told("from x (y [192.0.2.1]) by mx (8.12.6/8.12.6) with SMTP id 5; Sun, 22 Nov 2026 "
                 "06:00:00 +0000 (GMT) (envelope-from a@example.net)"),
            "192.0.2.1 helo=x name=y by=mx with=SMTP id=5");
}

TEST(Received, ReadsExim) {
  expect({
      {"a name that is not what it said",
       "from mail.example.net ([192.0.2.1] helo=pc) by mx.example.org with esmtps (TLS1.3) tls "
       "TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <a@example.net>) id 1tEx-0001-2x for "
       "kim@example.org",
       "192.0.2.1 helo=pc name=mail.example.net by=mx.example.org with=esmtps id=1tEx-0001-2x "
       "for=kim@example.org"},
      {"a name that is", "from mail.example.net ([192.0.2.1]) by mx with esmtp (Exim 4.96) id 1t",
       "192.0.2.1 helo=mail.example.net by=mx with=esmtp id=1t"},
      {"no name", "from [192.0.2.1] (helo=pc) by mx with esmtp (Exim 4.96) id 1t",
       "192.0.2.1 helo=pc by=mx with=esmtp id=1t"},
      {"ports", "from [192.0.2.1]:4711 (helo=pc ident=kim) by mx with esmtp (Exim 4.96) id 1t",
       "192.0.2.1 helo=pc by=mx with=esmtp id=1t"},
      {"a name and a port",
       "from n.example.net ([192.0.2.1]:4711 helo=pc ident=kim) by mx with smtp (Exim 4.96) id 1t",
       "192.0.2.1 helo=pc name=n.example.net by=mx with=smtp id=1t"},
      {"neither name nor HELO", "from [192.0.2.1] by mx with esmtp (Exim 4.96) id 1t",
       "192.0.2.1 by=mx with=esmtp id=1t"},
      {"IPv6", "from [2001:db8::25] (helo=pc) by mx with esmtp (Exim 4.96) id 1t",
       "2001:db8::25 helo=pc by=mx with=esmtp id=1t"},
      {"no version told", "from n ([192.0.2.1] helo=[10.0.0.3]) by mx with esmtp id 1t",
       "192.0.2.1 helo=[10.0.0.3] name=n by=mx with=esmtp id=1t"},
      {"a user of ours", "from [192.0.2.1] (helo=pc) by mx with esmtpsa (TLS1.3) (Exim 4.96) id 1t",
       "192.0.2.1 helo=pc by=mx with=esmtpsa id=1t login"},
      {"a program", "from kim by mx with local (Exim 4.96) (envelope-from <kim@mx>) id 1t",
       "local user=kim helo=kim by=mx with=local id=1t"},
      {"a filter", "from mail by mx with spam-scanned (Exim 4.96) id 1t",
       "local user=mail helo=mail by=mx with=spam-scanned id=1t"},
      {"nobody", "by mx with local (Exim 4.96) id 1t", "local by=mx with=local id=1t"},
  });
}

TEST(Received, ReadsQmailAndItsKin) {
  expect({
      {"qmail", "from unknown (HELO pc) (192.0.2.1)  by mx.example.org with SMTP",
       "192.0.2.1 helo=pc by=mx.example.org with=SMTP"},
      {"a name that it said", "from mail.example.net (192.0.2.1) by mx with SMTP",
       "192.0.2.1 helo=mail.example.net by=mx with=SMTP"},
      {"ident", "from mail.example.net (HELO pc) (kim@192.0.2.1) by mx with SMTP",
       "192.0.2.1 helo=pc name=mail.example.net by=mx with=SMTP"},
      {"a user of ours", "from unknown (HELO pc) (kim@example.org@192.0.2.1) by mx with ESMTPA",
       "192.0.2.1 helo=pc by=mx with=ESMTPA login"},
      {"handed on", "(qmail 4711 invoked from network)", "internal"},
      {"a program", "(qmail 4711 invoked by uid 89)", "local user=89"},
      {"an alias", "(qmail 4711 invoked by alias)", "local user=alias"},
      {"nullmailer", "(nullmailer pid 4711 invoked by uid 33)", "local user=33"},
      {"qmail-ldap",
       "from mail.example.net (HELO pc) ([192.0.2.1]) (envelope-sender <a@example.net>) by mx "
       "(qmail-ldap-1.03) with SMTP for <kim@example.org>",
       "192.0.2.1 helo=pc name=mail.example.net by=mx with=SMTP for=kim@example.org"},
      {"qpsmtpd",
       "from mail.example.net (HELO mail.example.net) (192.0.2.1) by mx (qpsmtpd/0.96) with ESMTP",
       "192.0.2.1 helo=mail.example.net name=mail.example.net by=mx with=ESMTP"},
      {"qpsmtpd, a user of ours",
       "from pc (HELO pc) (192.0.2.1) (smtp-auth username kim, mechanism plain) by mx "
       "(qpsmtpd/0.96) with ESMTPSA",
       "192.0.2.1 helo=pc name=pc by=mx with=ESMTPSA login"},
  });
}

TEST(Received, ReadsExchange) {
  expect({
      {"2003",
       "from mail.example.net ([192.0.2.1]) by EX1.example.org with Microsoft "
       "SMTPSVC(6.0.3790.4675)",
       "192.0.2.1 helo=mail.example.net by=EX1.example.org with=Microsoft SMTPSVC"},
      {"2003, no name", "from mail ([192.0.2.1] RDNS failed) by EX1 with Microsoft SMTPSVC(5.0)",
       "192.0.2.1 helo=mail by=EX1 with=Microsoft SMTPSVC"},
      {"2003, its own", "from mail pickup service by EX1 with Microsoft SMTPSVC",
       "local by=EX1 with=Microsoft SMTPSVC"},
      {"2007",
       "from mail.example.net (192.0.2.1) by EX1.example.org (10.1.1.5) with Microsoft SMTP Server "
       "(TLS) id 8.3.485.1",
       "192.0.2.1 helo=mail.example.net by=EX1.example.org at=10.1.1.5 with=Microsoft SMTP Server "
       "id=8.3.485.1"},
      {"2016, between its roles",
       "from EX1.example.org (10.1.1.5) by EX2.example.org (10.1.1.6) with Microsoft SMTP Server "
       "(version=TLS1_2, cipher=X) id 15.1.2507.39 via Mailbox Transport",
       "10.1.1.5 helo=EX1.example.org by=EX2.example.org at=10.1.1.6 with=Microsoft SMTP Server "
       "id=15.1.2507.39"},
      {"2016, MAPI",
       "from EX1.example.org ([fe80::1]) by EX1.example.org ([fe80::1%12]) with mapi id 15.01.2507",
       "fe80::1 helo=EX1.example.org by=EX1.example.org at=fe80::1 with=mapi id=15.01.2507"},
      {"365",
       "from mail.example.net (192.0.2.1) by AM1EUR05FT.mail.protection.outlook.com "
       "(2a01:111:f400::40) with Microsoft SMTP Server (version=TLS1_3, cipher=X) id 15.20.8182.16 "
       "via Frontend Transport",
       "192.0.2.1 helo=mail.example.net by=AM1EUR05FT.mail.protection.outlook.com "
       "at=2a01:111:f400::40 with=Microsoft SMTP Server id=15.20.8182.16"},
  });
}

TEST(Received, ReadsGoogle) {
  expect({
      {"from outside",
       "from mail.example.net (mail.example.net. [192.0.2.1]) by mx.google.com with ESMTPS id "
       "5b1f17b1si for <kim@example.org> (version=TLS1_3 cipher=X bits=256/256)",
       "192.0.2.1 helo=mail.example.net name=mail.example.net. by=mx.google.com with=ESMTPS "
       "id=5b1f17b1si for=kim@example.org"},
      {"among each other", "by 2002:a05:7300:5b1f:b0:1:2:3 with SMTP id 5b1f17b1csp",
       "internal by=2002:a05:7300:5b1f:b0:1:2:3 at=2002:a05:7300:5b1f:b0:1:2:3 with=SMTP "
       "id=5b1f17b1csp"},
      {"by a name alone: it does not say from whom", "by mail-ej1-f42.google.com with SMTP id a1",
       "-"},
      {"a user of theirs",
       "from pc.example.net ([192.0.2.1]) by smtp.gmail.com with ESMTPSA id 5b for "
       "<kim@example.org>",
       "192.0.2.1 helo=pc.example.net by=smtp.gmail.com with=ESMTPSA id=5b for=kim@example.org "
       "login"},
  });
}

TEST(Received, ReadsOthers) {
  expect({
      {"Courier", "from pc (mail.example.net [::ffff:192.0.2.1]) by mx with ESMTP",
       "192.0.2.1 helo=pc name=mail.example.net by=mx with=ESMTP"},
      {"Courier, a user of ours",
       "from pc ([::ffff:192.0.2.1]) (AUTH: LOGIN kim@example.org, TLS: TLSv1.3,256bits,X) by mx "
       "with ESMTPSA id 0000000000041F05.1",
       "192.0.2.1 helo=pc by=mx with=ESMTPSA id=0000000000041F05.1 login"},
      {"OpenSMTPD",
       "from pc (mail.example.net [192.0.2.1]) by mx (OpenSMTPD) with ESMTPS id 5f6e "
       "(TLSv1.3:AEAD:256:NO) for <kim@example.org>",
       "192.0.2.1 helo=pc name=mail.example.net by=mx with=ESMTPS id=5f6e for=kim@example.org"},
      {"OpenSMTPD, no name", "from pc (<unknown> [192.0.2.1]) by mx (OpenSMTPD) with ESMTP id 5f6e",
       "192.0.2.1 helo=pc by=mx with=ESMTP id=5f6e"},
      {"OpenSMTPD, a user of ours",
       "from pc (<unknown> [192.0.2.1]) by mx (OpenSMTPD) with ESMTPSA id 5f6e (TLSv1.3:X:256:NO) "
       "auth=yes user=kim for <a@b>",
       "192.0.2.1 helo=pc by=mx with=ESMTPSA id=5f6e for=a@b login"},
      {"Haraka",
       "from pc (NXDOMAIN [192.0.2.1]) by mx (Haraka/3.0.2) with ESMTPS id 5B1F.1 envelope-from "
       "<a@example.net> tls TLS_AES_256_GCM_SHA384",
       "192.0.2.1 helo=pc by=mx with=ESMTPS id=5B1F.1"},
      {"Haraka, a user of ours",
       "from pc (x [192.0.2.1]) by mx (Haraka/3.0.2) with ESMTPSA id 5B1F.1 envelope-from <a@b> "
       "tls "
       "X (authenticated bits=0)",
       "192.0.2.1 helo=pc name=x by=mx with=ESMTPSA id=5B1F.1 login"},
      {"CommuniGate",
       "from [192.0.2.1] (HELO pc) by mx (CommuniGate Pro SMTP 6.1.1) with ESMTP id 5",
       "192.0.2.1 helo=pc by=mx with=ESMTP id=5"},
      {"CommuniGate, a name", "from pc ([192.0.2.1] verified) by mx (CommuniGate Pro SMTP 6.1.1)",
       "192.0.2.1 helo=pc by=mx"},
      {"CommuniGate, a user of ours",
       "from [192.0.2.1] (account kim HELO pc) by mx (CommuniGate Pro SMTP 6.1.1) with ESMTPSA id "
       "5",
       "192.0.2.1 by=mx with=ESMTPSA id=5 login"},
      {"MDaemon",
       "from mail.example.net (mail.example.net [192.0.2.1]) by mx (MDaemon PRO v13.0.3) with "
       "ESMTP "
       "id md50000001.msg for <kim@example.org>",
       "192.0.2.1 helo=mail.example.net name=mail.example.net by=mx with=ESMTP id=md50000001.msg "
       "for=kim@example.org"},
      {"IMail", "from pc [192.0.2.1] by mx with ESMTP (SMTPD-12.5) id A5",
       "192.0.2.1 helo=pc by=mx with=ESMTP id=A5"},
      {"hMailServer", "from pc (mail.example.net [192.0.2.1]) by mx with ESMTP",
       "192.0.2.1 helo=pc name=mail.example.net by=mx with=ESMTP"},
      {"James", "from 192.0.2.1 (EHLO pc) ([192.0.2.1]) by mx (JAMES SMTP Server ) with ESMTP ID 5",
       "192.0.2.1 helo=pc by=mx with=ESMTP id=5"},
      {"Yahoo",
       "from 192.0.2.1 (EHLO pc) (192.0.2.1) by mta1.example.com with SMTPs (version=TLS1_2)",
       "192.0.2.1 helo=pc by=mta1.example.com with=SMTPs"},
      {"Domino", "from pc ([192.0.2.1]) by mx (Lotus Domino Release 8.5.3) with ESMTP id 2026-12",
       "192.0.2.1 helo=pc by=mx with=ESMTP id=2026-12"},
      {"IronPort", "from pc ([192.0.2.1]) by mx with ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384",
       "192.0.2.1 helo=pc by=mx with=ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384"},
      {"GMX",
       "from pc ([192.0.2.1]) by mx.example.com (mx017 [198.51.100.7]) with ESMTPS (Nemesis) id 1",
       "192.0.2.1 helo=pc by=mx.example.com at=198.51.100.7 with=ESMTPS id=1"},
      {"Axigen", "from pc (192.0.2.1) by mx (Axigen) with (TLS_AES_256_GCM_SHA384) ESMTPS id 1",
       "192.0.2.1 helo=pc by=mx with=ESMTPS id=1"},
      {"Mimecast",
       "from pc (mail.example.net [192.0.2.1]) (Using TLS) by mx with ESMTP id uk-mta-1",
       "192.0.2.1 helo=pc name=mail.example.net by=mx with=ESMTP id=uk-mta-1"},
      {"no HELO", "from  ([192.0.2.1]) by mx with ESMTP", "192.0.2.1 by=mx with=ESMTP"},
  });
}

TEST(Received, ReadsHopsOnOneMachine) {
  expect({
      {"amavis hands on",
       "from mx.example.org ([127.0.0.1]) by localhost (mx.example.org "
       "[127.0.0.1]) (amavis, port 10024) with ESMTP id X for <kim@example.org>",
       "127.0.0.1 helo=mx.example.org by=localhost at=127.0.0.1 with=ESMTP id=X "
       "for=kim@example.org"},
      {"to Postfix", "from localhost (localhost [127.0.0.1]) by mx (Postfix) with ESMTP id 4F2",
       "127.0.0.1 helo=localhost name=localhost by=mx with=ESMTP id=4F2"},
      {"Zimbra", "from localhost (LHLO mail.example.org) (192.0.2.10) by mail with LMTP",
       "192.0.2.10 helo=mail.example.org name=localhost by=mail with=LMTP"},
      {"Dovecot", "from mx ([127.0.0.1]) by mx (Dovecot) with LMTP id 5b for <kim>",
       "127.0.0.1 helo=mx by=mx with=LMTP id=5b for=kim"},
      {"Dovecot, by a socket", "from mx by mx with LMTP id 5b (envelope-from <a@b>) for <kim>",
       "internal helo=mx by=mx with=LMTP id=5b for=kim"},
      {"Cyrus", "from mx ([unix socket]) by mx (Cyrus 3.6.1) with LMTPA",
       "internal helo=mx by=mx with=LMTPA"},
      {"fetchmail",
       "from mail.example.net [192.0.2.1] by localhost with IMAP (fetchmail-6.4.37) for <kim@mx> "
       "(single-drop)",
       "fetched 192.0.2.1 helo=mail.example.net by=localhost with=IMAP for=kim@mx"},
      {"SpamAssassin wraps", "from localhost by mx with SpamAssassin (version 4.0.0)",
       "local user=SpamAssassin helo=localhost by=mx with=SpamAssassin"},
      {"getmail", "from mail.example.net by localhost with POP3",
       "fetched helo=mail.example.net by=localhost with=POP3"},
  });
}

// What a client may say: HELO, ident, sender and recipient, a name in its certificate, where a
// server lets all of it through. 198.51.100.9 is whom it wants to be, 192.0.2.1 who it is.
constexpr const char* kForms[] = {
    "from {0} (n.example.net [192.0.2.1]) by mx (Postfix) with SMTP id 1 for <{1}>",
    "from {0} (n.example.net [192.0.2.1]) (Client CN \"{1}\") by mx (Postfix) with SMTP id 1",
    "from {0} (IDENT:{1}@n.example.net [192.0.2.1]) by mx (8.17.1) with SMTP id 1",
    "from {0} ({1}@[192.0.2.1]) by mx (8.17.1) with SMTP id 1",
    "from {0} ([192.0.2.1]) by mx with Microsoft SMTPSVC(6.0)",
    "from {0} (192.0.2.1) by mx (10.0.0.1) with Microsoft SMTP Server id 1",
    "from {0} [192.0.2.1] by mx with ESMTP (SMTPD-12.5) id 1 for {1}",
    "from n.example.net (HELO {0}) (192.0.2.1) by mx with SMTP",
    "from n.example.net (HELO {0}) ({1}@192.0.2.1) by mx with SMTP",
    "from n.example.net (HELO {0}) (192.0.2.1) (envelope-sender <{1}>) by mx with SMTP",
    "from [192.0.2.1] (helo={0}) by mx with esmtp (Exim 4.96) (envelope-from <{1}>) id 1",
    "from [192.0.2.1] (helo={0} ident={1}) by mx with esmtp (Exim 4.96) id 1",
    "from n.example.net ([192.0.2.1] helo={0} ident={1}) by mx with esmtp (Exim 4.96)",
    "from [192.0.2.1] (HELO {0}) by mx (CommuniGate Pro SMTP 6.1) for {1}",
};

void expect_nobody_else(const std::string& helo, const std::string& other) {
  for (const auto* form : kForms) {
    const auto field = fmt::format(fmt::runtime(form), helo, other);
    const auto read = read_received(field + kDate);
    if (!read) continue;
    EXPECT_EQ(read->kind, Kind::network) << field;
    EXPECT_EQ(read->client, Address::parse("192.0.2.1")) << field;
  }
}

TEST(Received, IsNotReadWhereTheClientMadeItAmbiguous) {
  const char* const helos[] = {
      "x ([198.51.100.9]) by mx (Postfix) with ESMTP id 1; Sun, 22 Nov 2026 06:00:00 +0000",
      "x (y [198.51.100.9]) by mx.example.org (",
      "x (y [198.51.100.9])",
      "x (y [198.51.100.9]) (",
      "x (198.51.100.9)",
      "x [198.51.100.9]",
      "[198.51.100.9] (helo=x)",
      "[198.51.100.9] (HELO x)",
      "[198.51.100.9] (helo=x",
      "x ([198.51.100.9] helo=",
      "x (y [198.51.100.9]) by mx with SMTP id <",
      "x (y [198.51.100.9]) by mx with SMTP id \"",
      "x (y [198.51.100.9]) \"",
      "x (y [198.51.100.9]) by mx with SMTP id 1; ",
      "x\\",
      "\"x (y [198.51.100.9])",
      "\"x",
      "by x ([198.51.100.9]) by mx",
      "from x ([198.51.100.9]) by mx",
      "mail pickup service",
      "(y [198.51.100.9]) x",
      "(198.51.100.9)",
      "  (198.51.100.9)",
      "x) (198.51.100.9",
      "x) ([198.51.100.9]",
      ")([unix socket]",
      "x ([unix socket])",
  };
  const char* const others[] = {
      "a@b",        "\")\"@x",         "\"a\\\"b\"@x", ")@x",
      "\" by \"@x", "account ",        "x, AUTH: y",   "[198.51.100.9] helo=",
      "HELO ",      "(198.51.100.9)(", "x with IMAP",  " id \\"};
  for (const auto* helo : helos) {
    for (const auto* other : others) expect_nobody_else(helo, other);
  }
}

TEST(Received, TellsNobodyElseWhateverAClientSays) {
  constexpr std::string_view kWords[] = {"x",
                                         "[198.51.100.9]",
                                         "198.51.100.9",
                                         "([198.51.100.9])",
                                         "(y [198.51.100.9])",
                                         "(",
                                         ")",
                                         "[",
                                         "]",
                                         "<",
                                         ">",
                                         "\"",
                                         "\\",
                                         " ",
                                         "  ",
                                         " by ",
                                         "by",
                                         " mx",
                                         " from ",
                                         "from",
                                         " with ",
                                         "SMTP",
                                         "POP3",
                                         "IMAP",
                                         "LMTP",
                                         "local",
                                         "HTTP",
                                         " id ",
                                         " for ",
                                         "helo=",
                                         "HELO ",
                                         "EHLO ",
                                         "(HELO ",
                                         "(helo=",
                                         " helo=",
                                         " ident=",
                                         "@",
                                         "(Exim 4.96)",
                                         "Authenticated",
                                         "account ",
                                         "[unix socket]",
                                         "([unix socket])",
                                         ";",
                                         "mail pickup service",
                                         "IPv6:",
                                         ":25",
                                         "unknown",
                                         "(may be forged)",
                                         " verified",
                                         "=",
                                         "\t",
                                         "auth=yes",
                                         "(AUTH: x)",
                                         "IDENT: x, AUTH: y"};
  std::minstd_rand random(1);
  const auto say = [&] {
    std::string text;
    for (auto count = random() % 7; count > 0; --count)
      text += kWords[random() % std::size(kWords)];
    return text;
  };
  for (int i = 0; i < 5'000; ++i) {
    const auto helo = say();
    expect_nobody_else(helo, say());
  }
}

TEST(Received, IsNotReadWhereAWordMayBeTheClients) {
  expect({
      {"an address alone", "from [198.51.100.9] by mx with HTTP", "-"},
      {"an address without brackets", "from 198.51.100.9 by mx with SMTP", "-"},
      {"a name alone", "from mail.example.net by mx with SMTP", "-"},
      {"words", "from r.example.net - 198.51.100.9 by mx with Microsoft SMTPSVC", "-"},
      {"two addresses", "from x (y [192.0.2.1]) (z [198.51.100.9]) by mx with SMTP", "-"},
      {"two in one comment", "from x ([192.0.2.1] [198.51.100.9]) by mx with SMTP", "-"},
      {"two words", "from x y ([192.0.2.1]) by mx with SMTP", "-"},
      {"a literal and more", "from [192.0.2.1]x (helo=pc) by mx with esmtp (Exim 4.96)", "-"},
      {"a blank in angle brackets", "from x ([192.0.2.1]) by mx with SMTP id <a b>", "-"},
      {"a backslash that may escape", "from x ([192.0.2.1]) (y\\) by mx with SMTP", "-"},
      {"no by", "from x ([192.0.2.1]) with SMTP", "-"},
      {"a certificate that looks like an address",
       "from x ([192.0.2.1]) (Client CN \"[198.51.100.9]\") by mx with SMTP", "-"},
      {"an octet of three", "from x ([192.0.2.1.]) by mx with SMTP", "-"},
      {"a bare comment", "(EGP: mail-4711)", "-"},
      {"qmail and more", "(qmail 4711 invoked from network) by mx", "-"},
      {"nothing", "", "-"},
  });
  EXPECT_EQ(told("from x ([192.0.2.1]) by mx with SMTP"), "-") << "no date";
  EXPECT_EQ(told("from x ([192.0.2.1]) by mx with SMTP; yesterday"), "-");
  EXPECT_EQ(told("from x ([192.0.2.1]) by mx with SMTP" + kDate + kDate), "-");
  EXPECT_EQ(told("from x ([192.0.2.1]) by mx" + kDate + " (x; y)"), "-");
  EXPECT_EQ(told("from x ([192.0.2.1]) by mx\x01 with SMTP" + kDate), "-");
  EXPECT_EQ(told("from x ([192.0.2.1]) by mx (" + std::string(5000, 'x') + ")" + kDate), "-");
  EXPECT_EQ(told("from x ([192.0.2.1]) by mx ((((((x))))))" + kDate), "-");
}

TEST(Received, TellsItsTime) {
  const auto time = wall_time(1'795'327'200'000);
  for (const auto* text :
       {"Sun, 22 Nov 2026 06:00:00 +0000", "22 Nov 2026 06:00:00 -0000", "22 Nov 26 06:00 GMT",
        "Sun, 22 Nov 2026 01:00:00 -0500 (EST)", "Sun, 22 Nov 2026 01:00:00 EST",
        "Sun, 22 Nov 2026 11:30:00 +0530 (IST) (envelope-from a@example.net)"})
    EXPECT_EQ(read_message_time(text), time) << text;
  EXPECT_EQ(read_message_time("1 Jan 70 00:00:01 +0000"), wall_time(1000));
  for (const auto* text :
       {"", "Sun, 22 Nov 2026", "Sun, 22 Nov 2026 06:00:00", "31 Feb 2026 06:00:00 +0000",
        "22 Nov 2026 24:00:00 +0000", "22 Nov 2026 06:00:00 +9900", "22 Nov 2026 06:00:00 +0000 x",
        "22 Nov 2026 06:00:00 +0000 (x", "Nov, 22 2026 6:00:00 AM +0000",
        "222 Nov 2026 06:00:00 +0000", "22 Nov 20261 06:00:00 +0000"})
    EXPECT_FALSE(read_message_time(text)) << text;
}

}  // namespace
}  // namespace gatepost

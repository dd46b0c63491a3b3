// Implements wire/received/received.h.
#include "wire/received/received.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "wire/message/header_decoder.h"
#include "wire/received/trace_host.h"
#include "wire/received/trace_tokens.h"

namespace gatepost {
namespace {

using Kind = ReceivedField::Kind;

constexpr std::size_t kNone = std::string_view::npos;

bool is_one_word(std::string_view text) {
  return !text.empty() && text.find_first_of(" \t()<>\"") == kNone;
}

// How often "by" stands as a word, comments included. A server says it once: a second one is a
// client's, who would like to say by whom and from whom.
std::size_t count_by(std::string_view value) {
  constexpr std::string_view kEnds = " \t();";
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < value.size();) {
    const auto end = std::min(value.find_first_of(kEnds, begin), value.size());
    if (equals_ignoring_case(value.substr(begin, end - begin), "by")) ++count;
    begin = end + 1;
  }
  return count;
}

bool tells_login(std::string_view comment) {
  constexpr std::array<std::string_view, 5> kWords = {"authenticated", "smtp-auth ",
                                                      "AUTH: ", "account ", "AUTH "};
  const bool begins = std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return starts_with_ignoring_case(comment, word);
  });
  return begins ||
         (starts_with_ignoring_case(comment, "IDENT: ") && comment.find(", AUTH: ") != kNone);
}

// ESMTPA, ESMTPSA, UTF8SMTPSA (RFC 3848, 6531), Exim's and others' asmtp. LMTPA is no user's.
bool is_protocol_of_login(std::string_view protocol) {
  const auto word = to_lower(protocol);
  if (word == "asmtp") return true;
  return word.find("smtp") != kNone && (word.ends_with("smtpa") || word.ends_with("smtpsa"));
}

bool is_protocol_of_fetching(std::string_view protocol) {
  constexpr std::array<std::string_view, 4> kWords = {"POP", "IMAP", "APOP", "KPOP"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return starts_with_ignoring_case(protocol, word);
  });
}

std::string_view without_angles(std::string_view path) {
  const bool has_both = path.size() > 1 && path.front() == '<' && path.back() == '>';
  return has_both ? path.substr(1, path.size() - 2) : path;
}

class ReceivedReader {
 public:
  explicit ReceivedReader(const TraceTokens& read) : tokens_(read.tokens) {}

  // Empty: `field` is whole. Else what is wrong.
  std::string_view read(ReceivedField& field);

 private:
  bool at_end() const { return next_ == tokens_.size(); }
  bool at_word(std::string_view word) const {
    return !at_end() && !tokens_[next_].is_comment &&
           equals_ignoring_case(tokens_[next_].text, word);
  }
  bool at_comment() const { return !at_end() && tokens_[next_].is_comment; }

  std::string_view read_opening_comment(ReceivedField& field);
  std::string_view read_from();
  std::string_view take_from_comment(std::string_view comment);
  std::string_view read_by(ReceivedField& field);
  void read_rest(ReceivedField& field);
  void take_rest_comment(std::string_view comment);
  std::string_view judge_from(ReceivedField& field);
  std::string_view judge_without_address(ReceivedField& field) const;
  std::string_view judge_without_from(ReceivedField& field) const;

  const std::vector<TraceToken>& tokens_;
  std::size_t next_ = 0;
  // Of the clause "from".
  bool has_from_ = false;
  std::vector<std::string_view> words_;
  std::size_t comments_ = 0;
  std::vector<TraceHost> hosts_;
  std::optional<std::string_view> helo_;  // in a comment of its own
  bool is_authenticated_ = false;
  bool is_from_socket_ = false;
  // Of what follows.
  std::string_view by_comment_;
  bool is_exim_ = false;
};

std::string_view ReceivedReader::read(ReceivedField& field) {
  if (at_comment()) {
    const auto fault = read_opening_comment(field);
    if (!fault.empty() || at_end()) return fault;
  } else if (at_word("from")) {
    const auto fault = read_from();
    if (!fault.empty()) return fault;
  }
  const auto fault = read_by(field);
  if (!fault.empty()) return fault;
  read_rest(field);
  field.is_authenticated = is_authenticated_ || is_protocol_of_login(field.with);
  if (field.kind != Kind::network) return {};  // the opening comment told
  return has_from_ ? judge_from(field) : judge_without_from(field);
}

// "(qmail 4711 invoked by uid 1000)", "(nullmailer pid 4711 invoked by uid 0)" and nothing more;
// "(from kim@localhost) by mx.example.org (8.17.1/8.17.1/Submit) id …".
std::string_view ReceivedReader::read_opening_comment(ReceivedField& field) {
  constexpr std::string_view kUnknown = "begins with a comment of an unknown kind";
  const auto comment = tokens_[next_++].text;
  const auto words = split(comment, ' ');
  if (words.size() == 2 && words[0] == "from") {
    field.kind = Kind::local;
    field.user = words[1].substr(0, words[1].find('@'));
    return at_word("by") ? std::string_view{} : kUnknown;
  }
  const auto invoked = std::find(words.begin(), words.end(), "invoked") - words.begin();
  const auto count = static_cast<std::ptrdiff_t>(words.size());
  if (!at_end() || invoked < 2 || invoked > 3 || count < invoked + 3) return kUnknown;
  const auto word = [&](std::ptrdiff_t i) { return words[static_cast<std::size_t>(invoked + i)]; };
  const bool has_uid = count == invoked + 4 && word(2) == "uid";
  if (word(1) == "from" && word(2) == "network" && count == invoked + 3) {
    field.kind = Kind::internal;
    return {};
  }
  if (word(1) != "by" || (!has_uid && count != invoked + 3)) return kUnknown;
  field.kind = Kind::local;
  field.user = words.back();
  return {};
}

std::string_view ReceivedReader::read_from() {
  has_from_ = true;
  ++next_;
  // The first word is the client's name, whatever it is; it may be missing.
  if (!at_end() && !tokens_[next_].is_comment) words_.push_back(tokens_[next_++].text);
  for (; !at_end() && !at_word("by"); ++next_) {
    if (!at_comment()) {
      if (tokens_[next_ - 1].is_comment) return "has words behind its client's address";
      words_.push_back(tokens_[next_].text);
      continue;
    }
    ++comments_;
    const auto fault = take_from_comment(tokens_[next_].text);
    if (!fault.empty()) return fault;
  }
  const auto has_quote = [](std::string_view word) { return word.find('"') != kNone; };
  const bool is_quoted = std::any_of(words_.begin(), words_.end(), has_quote);
  return is_quoted ? "has quotes before it says by whom" : std::string_view{};
}

std::string_view ReceivedReader::take_from_comment(std::string_view comment) {
  const auto verb = comment.substr(0, 5);
  const bool is_greeting = verb == "HELO " || verb == "EHLO " || verb == "LHLO ";
  if (is_greeting || comment.starts_with("helo=")) {
    const auto word = comment.substr(5, is_greeting ? kNone : comment.find(' ') - 5);
    const auto rest = comment.substr(std::min(5 + word.size(), comment.size()));
    const bool has_more =
        !rest.empty() && (!rest.starts_with(" ident=") || !is_one_word(rest.substr(7)));
    const bool is_literal = read_bracketed_address(word) || Address::parse(word);
    const bool has_address = (!is_literal && mentions_address(word)) || mentions_address(rest);
    if (helo_ || (!word.empty() && !is_one_word(word)) || has_more || has_address)
      return "its HELO could be more than that";
    helo_ = word;
    return {};
  }
  if (const auto host = read_trace_host(comment)) {
    hosts_.push_back(*host);
    return {};
  }
  if (mentions_address(comment)) return "has an address where none is expected";
  is_authenticated_ = is_authenticated_ || tells_login(comment);
  is_from_socket_ = is_from_socket_ || comment == "[unix socket]";
  return {};
}

std::string_view ReceivedReader::read_by(ReceivedField& field) {
  if (!at_word("by")) return "does not say by whom";
  ++next_;
  if (at_end() || at_comment()) return "does not say by whom";
  field.by = tokens_[next_++].text;
  field.by_address = read_bracketed_address(field.by);
  if (!field.by_address) field.by_address = Address::parse(field.by);
  if (!at_comment()) return {};
  by_comment_ = tokens_[next_].text;
  if (const auto host = read_trace_host(by_comment_)) field.by_address = host->address;
  return {};
}

void ReceivedReader::read_rest(ReceivedField& field) {
  constexpr std::array<std::string_view, 6> kClauses = {"via", "with",          "id",
                                                        "for", "envelope-from", "tls"};
  std::string_view clause;
  for (; !at_end(); ++next_) {
    const auto text = tokens_[next_].text;
    if (at_comment()) {
      take_rest_comment(text);
      continue;
    }
    const auto* const found =
        std::find_if(kClauses.begin(), kClauses.end(),
                     [&](std::string_view name) { return equals_ignoring_case(name, text); });
    if (found != kClauses.end() && clause != "for") {  // what is behind may be the recipient's
      clause = *found;
    } else if (clause == "with") {
      if (!field.with.empty()) field.with += ' ';
      field.with += text;
    } else if (clause == "id") {
      if (field.id.empty()) field.id = text;
      is_authenticated_ = is_authenticated_ || text == "auth=yes";
    } else if (clause == "for" && field.recipient.empty()) {
      field.recipient = without_angles(text);
    }
  }
}

void ReceivedReader::take_rest_comment(std::string_view comment) {
  is_exim_ = is_exim_ || comment.starts_with("Exim ");
  is_authenticated_ = is_authenticated_ || tells_login(comment);
}

std::string_view ReceivedReader::judge_from(ReceivedField& field) {
  if (words_.size() == 2 && hosts_.empty()) {
    const auto address = read_bracketed_address(words_[1]);
    if (!address) return "has words in place of its client's address";
    hosts_.push_back({{}, {}, {}, *address});
    words_.pop_back();
  }
  if (words_.size() == 3 && words_[0] == "mail" && words_[1] == "pickup" && comments_ == 0) {
    field.kind = Kind::local;
    return {};
  }
  if (words_.size() > 1) return "has more words than one before its client's address";
  if (hosts_.size() > 1) return "tells two addresses";
  const auto word = words_.empty() ? std::string_view{} : words_.front();
  const auto literal = read_bracketed_address(word);
  if (hosts_.empty()) {
    if (!literal) return judge_without_address(field);
    // Who writes the client's words elsewhere writes the address here.
    if (!helo_ && !is_exim_ && !is_authenticated_) return "has an address that may be a HELO";
    field.client = literal;
    field.helo = helo_.value_or("");
  } else {
    if (literal && helo_) return "tells two addresses";
    const auto& host = hosts_.front();
    const bool has_name_first = helo_ || !host.helo.empty();
    field.client = host.address;
    field.helo = helo_ ? *helo_ : has_name_first ? host.helo : word;
    field.name = has_name_first ? word : host.name;
    if (field.name == "unknown" || Address::parse(field.name)) field.name.clear();
  }
  if (is_protocol_of_fetching(field.with)) field.kind = Kind::fetched;
  return {};
}

std::string_view ReceivedReader::judge_without_address(ReceivedField& field) const {
  const auto protocol = to_lower(field.with);
  const auto word = words_.empty() ? std::string_view{} : words_.front();
  if (protocol.starts_with("lmtp") && comments_ == (is_from_socket_ ? 1 : 0)) {
    field.kind = Kind::internal;
  } else if (protocol.starts_with("spamassassin")) {  // it wraps what it takes for spam
    field.kind = Kind::local;
    field.user = "SpamAssassin";
  } else if (protocol == "local" || (is_exim_ && comments_ == 0 &&
                                     protocol.find("smtp") == kNone)) {  // a program told Exim so
    field.kind = Kind::local;
    field.user = word;
  } else if (is_protocol_of_fetching(protocol)) {
    field.kind = Kind::fetched;
  } else {
    return "does not tell its client's address";
  }
  field.helo = word;
  return {};
}

// "by mx.example.org (Postfix, from userid 1000) id …"; by an address alone, as Google's machines
// among each other.
std::string_view ReceivedReader::judge_without_from(ReceivedField& field) const {
  constexpr std::string_view kUser = ", from userid ";
  const auto at = by_comment_.find(kUser);
  if (at != kNone) {
    field.kind = Kind::local;
    field.user = by_comment_.substr(at + kUser.size());
  } else if (field.with == "local" || field.with.starts_with("Internet Mail Service") ||
             starts_with_ignoring_case(field.with, "HTTP")) {
    field.kind = Kind::local;
  } else if (field.by_address && Address::parse(field.by)) {
    field.kind = Kind::internal;
  } else {
    return "does not say from whom";
  }
  return {};
}

}  // namespace

Result<ReceivedField> read_received(std::string_view folded) {
  const auto value = with_single_blanks(folded);
  const auto read = trace_tokens(value);
  if (!read) return Error{"does not hang together"};
  ReceivedField field;
  const auto time = read_message_time(read->time);
  if (!time) return Error{"has no date"};
  const auto before_time = std::string_view(value).substr(0, value.size() - read->time.size());
  const bool is_from = !read->tokens.empty() && !read->tokens.front().is_comment &&
                       equals_ignoring_case(read->tokens.front().text, "from");
  if (is_from && count_by(before_time) != 1) return Error{"says by whom more than once"};
  const auto fault = ReceivedReader(*read).read(field);
  if (!fault.empty()) return Error{std::string(fault)};
  field.time = *time;
  return field;
}

}  // namespace gatepost

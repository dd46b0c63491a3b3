// Implements wire/smtp/envelope.h.
#include "wire/smtp/envelope.h"

#include <algorithm>
#include <boost/locale/utf.hpp>

#include "base/text.h"

namespace gatepost {
namespace {

constexpr std::size_t kPathLengthMax = 320;
constexpr std::size_t kDomainLengthMax = 255;
constexpr std::size_t kParametersMax = 16;

bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
// RFC 5322 3.2.3 atext; RFC 6531 3.3 adds the high bytes.
bool is_atext(char c) {
  return is_alnum(c) || is_high(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

// Eats from the front of `text`.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  bool at_end() const { return text_.empty(); }
  bool eat(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  template <typename Predicate>
  std::string_view eat_while(Predicate predicate) {
    const auto stop = std::find_if_not(text_.begin(), text_.end(), predicate);
    const auto eaten = text_.substr(0, static_cast<std::size_t>(stop - text_.begin()));
    text_.remove_prefix(eaten.size());
    return eaten;
  }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

// A quoted string with its quotes, or nothing (RFC 5321 4.1.2 Quoted-string).
std::optional<std::string_view> eat_quoted(Cursor& cursor) {
  const auto start = cursor.rest();
  if (!cursor.eat('"')) return std::nullopt;
  for (;;) {
    cursor.eat_while(
        [](char c) { return c != '"' && c != '\\' && (c >= 0x20 || is_high(c)) && c != 0x7f; });
    if (cursor.eat('"')) return start.substr(0, start.size() - cursor.rest().size());
    if (!cursor.eat('\\')) return std::nullopt;
    const auto escaped = cursor.rest().substr(0, 1);
    if (escaped.empty() || escaped.front() < 0x20 || escaped.front() == 0x7f) return std::nullopt;
    cursor.eat(escaped.front());
  }
}

// Lenient about dots at odd places: "a..b" and "a." are seen in real addresses.
std::optional<std::string_view> eat_local_part(Cursor& cursor) {
  if (cursor.rest().starts_with('"')) return eat_quoted(cursor);
  const auto local = cursor.eat_while([](char c) { return is_atext(c) || c == '.'; });
  if (local.empty()) return std::nullopt;
  return local;
}

std::optional<std::string_view> eat_domain(Cursor& cursor) {
  const auto start = cursor.rest();
  if (cursor.eat('[')) {
    cursor.eat_while([](char c) { return is_alnum(c) || c == '.' || c == ':' || c == '-'; });
    if (!cursor.eat(']')) return std::nullopt;
  } else {
    cursor.eat_while(
        [](char c) { return is_alnum(c) || is_high(c) || c == '.' || c == '-' || c == '_'; });
  }
  const auto domain = start.substr(0, start.size() - cursor.rest().size());
  if (!is_domain(domain, true)) return std::nullopt;
  return domain;
}

bool eat_source_route(Cursor& cursor) {
  do {
    if (!cursor.eat('@') || !eat_domain(cursor)) return false;
  } while (cursor.eat(','));
  return cursor.eat(':');
}

std::optional<Mailbox> eat_path(Cursor& cursor) {
  if (!cursor.eat('<')) return std::nullopt;
  if (cursor.eat('>')) return Mailbox{};
  if (cursor.rest().starts_with('@') && !eat_source_route(cursor)) return std::nullopt;
  Mailbox mailbox;
  const auto local = eat_local_part(cursor);
  if (!local) return std::nullopt;
  mailbox.local = *local;
  if (cursor.eat('@')) {
    const auto domain = eat_domain(cursor);
    if (!domain) return std::nullopt;
    mailbox.domain = *domain;
  }
  if (!cursor.eat('>')) return std::nullopt;
  return mailbox;
}

// RFC 5321 4.1.2 esmtp-param.
std::optional<EnvelopeParameter> parse_parameter(std::string_view word) {
  Cursor cursor(word);
  EnvelopeParameter parameter;
  const auto keyword = cursor.eat_while([](char c) { return is_alnum(c) || c == '-'; });
  if (keyword.empty() || keyword.front() == '-') return std::nullopt;
  for (const char c : keyword)
    parameter.keyword += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (cursor.eat('=')) {
    const bool unicode = parameter.keyword == "ORCPT";  // RFC 6533 3; all else is ASCII
    const auto value = cursor.eat_while(
        [=](char c) { return (c > 0x20 && c != '=' && c != 0x7f) || (unicode && is_high(c)); });
    if (value.empty()) return std::nullopt;
    parameter.value = std::string(value);
  }
  if (!cursor.at_end()) return std::nullopt;
  return parameter;
}

bool has_high(std::string_view text) { return std::any_of(text.begin(), text.end(), is_high); }

// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text) {
  if (!has_high(text)) return true;
  using Utf8 = boost::locale::utf::utf_traits<char>;
  for (const char *at = text.data(), *const end = at + text.size(); at != end;) {
    if (!boost::locale::utf::is_valid_codepoint(Utf8::decode(at, end))) return false;
  }
  return true;
}

}  // namespace

const EnvelopeParameter* EnvelopeArgument::find(std::string_view keyword) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& parameter) {
    return parameter.keyword == keyword;
  });
  return found == parameters.end() ? nullptr : &*found;
}

EnvelopeParse parse_envelope(std::string_view argument, std::string_view keyword) {
  EnvelopeParse parse;
  const auto fail = [&](EnvelopeFault fault) {
    parse.fault = fault;
    return parse;
  };
  if (!starts_with_ignoring_case(argument, keyword) || !is_utf8(argument))
    return fail(EnvelopeFault::syntax);
  Cursor cursor(argument.substr(keyword.size()));
  cursor.eat_while([](char c) { return c == ' '; });

  const auto path_start = cursor.rest();
  auto mailbox = eat_path(cursor);
  const auto path_length = path_start.size() - cursor.rest().size();
  if (!mailbox || path_length > kPathLengthMax) return fail(EnvelopeFault::path);
  parse.argument.mailbox = std::move(*mailbox);
  parse.argument.eight_bit = has_high(path_start);

  while (!cursor.at_end()) {
    if (cursor.eat_while([](char c) { return c == ' '; }).empty()) return fail(EnvelopeFault::path);
    const auto word = cursor.eat_while([](char c) { return c != ' '; });
    if (word.empty()) break;
    if (parse.argument.parameters.size() == kParametersMax)
      return fail(EnvelopeFault::too_many_parameters);
    auto parameter = parse_parameter(word);
    if (!parameter || parse.argument.find(parameter->keyword))
      return fail(EnvelopeFault::parameter);
    parse.argument.parameters.push_back(std::move(*parameter));
  }
  return parse;
}

Mailbox mailbox_of_path(std::string_view path) {
  if (path.size() >= 2 && path.front() == '<' && path.back() == '>')
    path = path.substr(1, path.size() - 2);
  const auto route = path.find(':');
  if (path.starts_with('@') && route != std::string_view::npos) path.remove_prefix(route + 1);
  path = path.substr(0, kPathLengthMax);
  const auto at = path.rfind('@');
  if (at == std::string_view::npos) return {std::string(path), {}};
  return {std::string(path.substr(0, at)), std::string(path.substr(at + 1))};
}

bool is_domain(std::string_view text, bool eight_bit_allowed) {
  if (text.empty() || text.size() > kDomainLengthMax) return false;
  if (text.front() == '[') {
    return text.size() > 2 && text.back() == ']' &&
           std::all_of(text.begin() + 1, text.end() - 1,
                       [](char c) { return is_alnum(c) || c == '.' || c == ':' || c == '-'; });
  }
  bool label_empty = true;
  for (const char c : text) {
    if (c == '.') {
      if (label_empty) return false;
      label_empty = true;
    } else if (is_alnum(c) || c == '-' || c == '_' || (eight_bit_allowed && is_high(c))) {
      label_empty = false;
    } else {
      return false;
    }
  }
  return true;  // one trailing dot is taken
}

}  // namespace gatepost

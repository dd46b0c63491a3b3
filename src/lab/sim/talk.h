// The client's side of one SMTP dialogue: what it says next to what it hears.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lab/sim/mail.h"

namespace gatepost {

class Talk {
 public:
  enum class Answer : std::uint8_t { let_in, deferred, refused, left };

  // `mail` outlives it; `number` is its subject. `has_said_name`: while it waited for its greeting.
  Talk(const Mail& mail, std::uint64_t number, bool has_said_name)
      : mail_(mail), number_(number), has_said_name_(has_said_name) {}

  // The code of a whole reply: what it says to that, with its CRLF; nothing: it leaves.
  std::optional<std::string> hear(int code);
  // The gate closed, or said nothing for too long.
  void lost();

  bool goes_on() const { return at_ != At::left; }

  // Of the message: as good as its best recipient fared.
  Answer answer() const { return answer_; }
  bool is_told() const { return is_told_; }  // 250, that the message is taken
  // Its recipients that were taken, those to be tried again, and how many were refused for good.
  const std::vector<std::string>& taken() const { return taken_; }
  const std::vector<std::string>& deferred() const { return deferred_; }
  std::uint64_t refused() const { return refused_; }

 private:
  enum class At : std::uint8_t { greeting, name, sender, recipient, data, content, quit, left };

  std::optional<std::string> next_recipient();
  std::optional<std::string> hear_recipient(int code);
  std::optional<std::string> hear_content(int code);
  std::optional<std::string> quit(Answer answer);

  const Mail& mail_;
  const std::uint64_t number_;
  const bool has_said_name_;
  At at_ = At::greeting;
  std::size_t recipient_ = 0;
  Answer answer_ = Answer::deferred;
  bool is_told_ = false;
  std::vector<std::string> taken_;
  std::vector<std::string> deferred_;
  std::uint64_t refused_ = 0;
};

// The first whole reply, RFC 5321 4.2.1: its code, and how many bytes it takes; 0 where there is
// none yet.
struct HeardReply {
  int code = 0;
  std::size_t length = 0;
};
HeardReply first_reply(std::string_view received);
// Of the message that such a client sent; none: it is another's.
std::optional<std::uint64_t> number_of(std::string_view content);

}  // namespace gatepost

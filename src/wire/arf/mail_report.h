// A message by which somebody reports others: a feedback report (RFC 5965), or a forward with the
// messages attached.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/address.h"
#include "wire/message/header_decoder.h"

namespace gatepost {

struct MailReport {
  enum class Kind { feedback, forward };
  struct Original {
    std::string bytes;
    bool is_header_only = false;
  };

  static constexpr std::size_t kOriginalsMax = 100;
  static constexpr std::size_t kOriginalMax = 1024 * 1024;  // what is beyond is left out

  Kind kind = Kind::forward;
  // Of feedback: the reporter's words, to be believed as far as the reporter is.
  std::string type;                 // "abuse", "not-spam", …, in lower case
  std::optional<Address> source;    // none where it is told twice
  std::vector<Original> originals;  // one at least; of feedback exactly one
};

// Whether a message with this header says that it is one of RFC 5965.
bool is_feedback_report(const std::vector<HeaderField>& fields);

// Or why it is none. A message that was forwarded within the text has lost its header; a bounce is
// no report.
Result<MailReport> read_mail_report(std::string_view message);

}  // namespace gatepost

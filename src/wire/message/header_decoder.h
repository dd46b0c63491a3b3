// Takes the header of a message apart into its fields, however it comes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost {

// Unfolded: line ends are gone, the blanks behind them stay (RFC 5322 2.2.3). Bytes over 127, NUL
// and a CR without LF stay as they came.
struct HeaderField {
  std::string name;     // as written, without blanks before the colon (RFC 5322 4.5)
  std::string value;    // without blanks around it
  bool is_cut = false;  // it was longer than is kept

  bool operator==(const HeaderField&) const = default;
};

// Lines end in LF or CRLF, as messages lie in files. The header ends behind an empty line, or
// before a line that is no field: what follows is the body, as mail servers have it. A first line
// "From …" or ">From …", as Unix mailboxes have it, is passed over. Never fails; keeps kHeaderMax
// bytes of kFieldsMax fields and of each kFieldMax, the first ones, and says where that was not
// all. Split-invariant.
class HeaderDecoder {
 public:
  static constexpr std::size_t kNameMax = 100;  // a longer one is none
  static constexpr std::size_t kFieldMax = 16 * 1024;
  static constexpr std::size_t kFieldsMax = 1000;
  static constexpr std::size_t kHeaderMax = 256 * 1024;

  struct Step {
    bool is_end = false;
    std::size_t consumed = 0;  // all, or up to where the body begins
    std::string_view held;     // at the end: bytes from before that are the body's first
  };

  HeaderDecoder() = default;
  // Fields of other names than this are passed over. It outlives the decoder.
  explicit HeaderDecoder(std::string_view only) : only_(only) {}

  // After the end it is said again, and nothing consumed.
  Step decode(std::string_view bytes);
  // There are no more bytes: ends the header where it did not yet.
  Step finish();
  // A field that was taken apart already, folded or not, behind those from before.
  void add(std::string_view name, std::string_view value);

  // All of them once the header ended; the first is the uppermost.
  const std::vector<HeaderField>& fields() const { return fields_; }
  bool has_left_out() const { return has_left_out_; }  // fields beyond the bounds
  bool ended_at_empty_line() const { return ended_at_empty_line_; }

 private:
  enum class State { line_start, start_cr, name, name_gap, value, value_cr, from_line, ended };

  std::size_t take(std::string_view bytes);
  std::size_t take_value(std::string_view bytes);
  void take_at_line_start(char c);
  void take_in_name(char c);
  void begin_field(std::string_view name);
  void append(std::string_view bytes);
  void close_field();
  void end_in_body();

  std::string_view only_;  // empty: all
  State state_ = State::line_start;
  bool is_first_line_ = true;
  bool has_field_ = false;  // field_ may go on
  bool is_wanted_ = true;   // of that field
  bool has_left_out_ = false;
  bool ended_at_empty_line_ = false;
  std::string line_;  // what came of a line that is not known to be a field
  HeaderField field_;
  std::size_t kept_ = 0;  // bytes in fields_
  std::vector<HeaderField> fields_;
};

// A whole message, or as much of it as there is.
struct SplitMessage {
  std::vector<HeaderField> fields;
  std::string_view body;
  bool has_left_out = false;
};
SplitMessage split_message(std::string_view message);

// Runs of blanks become one, those around it nothing: other machines may have folded it anew.
std::string with_single_blanks(std::string_view value);

// The only field of that name; none where there are two: who reads the other one reads otherwise.
const HeaderField* only_field(const std::vector<HeaderField>& fields, std::string_view name);

}  // namespace gatepost

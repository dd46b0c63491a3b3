// Reports: what is read has messages in it, and no more than it may.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/arf/mail_report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const auto report = read_mail_report({reinterpret_cast<const char*>(data), size});
  if (!report) {
    if (report.error().empty()) std::abort();
    return 0;
  }
  const auto& originals = report->originals;
  if (originals.empty() || originals.size() > MailReport::kOriginalsMax) std::abort();
  if (report->kind == MailReport::Kind::feedback && originals.size() != 1) std::abort();
  for (const auto& original : originals) {
    if (original.bytes.size() > MailReport::kOriginalMax) std::abort();
  }
  return 0;
}

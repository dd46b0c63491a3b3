// Fuzzes the filters of [[dnsbl]] points: what is taken reads back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "checks/dnsbl/answer_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = AnswerFilter::parse(text);
  if (!filter) return 0;
  const auto again = AnswerFilter::parse(filter->text());
  if (!again || *again != *filter) std::abort();
  for (const std::uint32_t other : {0x7effffffu, 0x80000000u, 0xcb007107u}) {
    if (filter->matches(Address::v4(other))) std::abort();
  }
  return 0;
}

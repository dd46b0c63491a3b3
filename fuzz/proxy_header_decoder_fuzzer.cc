// PROXY headers: any bytes, cut anyhow, give the same claim, and a claim can be said again in our
// own words.
#include "wire/proxy_header/proxy_header_decoder.h"

#include <cstdint>

#include "splits.h"
#include "wire/proxy_header/proxy_header.h"

namespace {

using namespace gatepost;
using Outcome = ProxyHeaderDecoder::Outcome;

bool tell(const ProxyHeaderDecoder& decoder, const ProxyHeaderDecoder::Step& step,
          std::size_t position, std::string& told) {
  if (position > ProxyHeaderDecoder::kLengthMax) std::abort();
  if (step.outcome == Outcome::need_more) return true;
  if ((step.outcome == Outcome::bad) == decoder.fault().empty()) std::abort();
  const auto& claim = decoder.claim();
  if (claim.source.has_value() != claim.destination.has_value()) std::abort();
  told = std::to_string(position) + std::string(decoder.fault());
  if (claim.source) told += claim.source->to_string() + claim.destination->to_string();
  return false;
}

void check_again(const std::string& header, const ProxyClaim& claim) {
  ProxyHeaderDecoder decoder;
  const auto step = decoder.decode(header + "EHLO");
  if (step.outcome != Outcome::header || step.consumed != header.size()) std::abort();
  if (decoder.claim() != claim) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  same_at_every_split<ProxyHeaderDecoder>(bytes, tell);

  ProxyHeaderDecoder decoder;
  const auto step = decoder.decode(bytes);
  const auto& claim = decoder.claim();
  if (step.outcome != Outcome::header || !claim.source) return 0;
  if (bytes.starts_with("PROXY") && step.consumed > ProxyHeaderDecoder::kLengthMaxV1) std::abort();
  check_again(proxy_header_v1(*claim.source, *claim.destination), claim);
  check_again(proxy_header_v2(*claim.source, *claim.destination), claim);
  return 0;
}

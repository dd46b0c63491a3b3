// Implements enforcer/nft_commands.h.
#include "enforcer/nft_commands.h"

#include <malloc.h>
#include <nftables/libnftables.h>

#include <cassert>
#include <string_view>

namespace gatepost {
namespace {

// The first line says what; those behind it repeat the commands, which may be megabytes.
Error first_line(const char* text) {
  const std::string_view all(text != nullptr ? text : "");
  const auto line = all.substr(0, all.find('\n')).substr(0, 200);
  return Error{line.empty() ? "nftables does not say why" : std::string(line)};
}

}  // namespace

void NftCommands::Free::operator()(nft_ctx* context) const { ::nft_ctx_free(context); }

NftCommands::NftCommands() { begin_anew(); }

void NftCommands::begin_anew() {
  context_.reset();
  context_.reset(::nft_ctx_new(NFT_CTX_DEFAULT));
  assert(context_);
  ::nft_ctx_buffer_output(context_.get());
  ::nft_ctx_buffer_error(context_.get());
  ::malloc_trim(0);
}

Status NftCommands::run(const std::string& commands) {
  const int code = ::nft_run_cmd_from_buffer(context_.get(), commands.c_str());
  ::nft_ctx_get_output_buffer(context_.get());  // reading it empties it
  const char* said = ::nft_ctx_get_error_buffer(context_.get());
  if (code == 0) return Done{};
  return first_line(said);
}

}  // namespace gatepost

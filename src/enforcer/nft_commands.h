// Changes the kernel's packet filter, by the commands of nft. Links libnftables, which is under the
// GNU General Public License, version 2: so a program that includes this is, as a whole.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

struct nft_ctx;

namespace gatepost {

class NftCommands {
 public:
  NftCommands();

  // All of them in one transaction: done, or nothing is, and the error is one line for a person.
  Status run(const std::string& commands);

  // Gives back the memory that a large transaction took.
  void begin_anew();

 private:
  struct Free {
    void operator()(nft_ctx* context) const;
  };
  std::unique_ptr<nft_ctx, Free> context_;
};

}  // namespace gatepost

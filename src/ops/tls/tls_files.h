// Looks into a certificate and its key before they are served: what would keep clients from them.
#pragma once

#include <string>
#include <vector>

#include "base/tls_pair.h"
#include "settings/read_settings.h"

namespace gatepost {

// Reads the two files through `context` and tries them as OpenSSL will when it serves them.
// Faults: a file that cannot be read, is no PEM, needs a passphrase or is refused by OpenSSL; a key
// of another certificate. Warnings: a certificate that is not valid now or for none of `names`.
std::vector<TlsRemark> look_at_tls_files(const TlsPair& files,
                                         const std::vector<std::string>& names,
                                         const SettingsContext& context);

}  // namespace gatepost

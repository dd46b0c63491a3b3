// Looks into the certificate and key of a door before it opens: what would keep clients from them.
#pragma once

#include <string>
#include <vector>

#include "gate/settings.h"
#include "settings/read_settings.h"

namespace gatepost {

// Reads the door's two files through `context` and tries them as OpenSSL will when it serves them.
// Faults: a file that cannot be read, is no PEM, needs a passphrase or is refused by OpenSSL; a key
// of another certificate. Warnings: a certificate that is not valid now or not for `hostname`.
std::vector<TlsRemark> look_at_tls_files(const SmtpDoorSettings& door, const std::string& hostname,
                                         const SettingsContext& context);

}  // namespace gatepost

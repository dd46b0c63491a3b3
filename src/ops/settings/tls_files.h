// Looks into the certificate and key of a door before it opens: what would keep clients from them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gate/settings.h"
#include "ops/settings/read_settings.h"
#include "ops/settings/settings_table.h"

namespace gatepost::settings_table {

// What is wrong with a file, or doubtful about it, and which key names the file.
struct TlsRemark {
  std::string_view key;
  Rule::Weight weight;
  std::string message;  // what is wrong, what is expected
};

// Reads the door's two files through `context` and tries them as OpenSSL will when it serves them.
// Faults: a file that cannot be read, is no PEM, needs a passphrase or is refused by OpenSSL; a key
// of another certificate. Warnings: a certificate that is not valid now or not for `hostname`.
std::vector<TlsRemark> look_at_tls_files(const SmtpDoorSettings& door, const std::string& hostname,
                                         const SettingsContext& context);

}  // namespace gatepost::settings_table

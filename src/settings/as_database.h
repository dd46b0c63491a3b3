// Opens a database of autonomous systems in MaxMind's format, such as GeoLite2-ASN or DB-IP's.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "policy/as_numbers.h"

namespace gatepost {

// The file is mapped, not read: a newer one is to be moved into its place, not written over it.
// Refused: what is no such database, and one of something else.
Result<std::shared_ptr<const AsNumbers>> open_as_database(const std::string& path);

}  // namespace gatepost

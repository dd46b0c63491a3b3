// Where the positions of a log are kept between two runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "doors/follow/log_place.h"

namespace gatepost {

// The file in this folder that is a log's own.
std::string place_file_of(const std::string& folder, const std::string& log);

// Nothing where there is none. An error where it cannot be used.
Result<std::optional<std::vector<LogPlace>>> load_places(const std::string& file,
                                                         const std::string& log);

// Whole or not at all; makes the folder where there is none.
Status save_places(const std::string& file, const std::string& log,
                   const std::vector<LogPlace>& places);

}  // namespace gatepost

// Compares text with the file that holds what it should be.
#pragma once

#include <string>
#include <string_view>

namespace gatepost {

// `path` is relative to the root of the sources. With UPDATE_GOLDEN=1 in the environment the file
// is written instead; what changed is then seen in the diff.
void expect_golden(const std::string& path, std::string_view text);

}  // namespace gatepost

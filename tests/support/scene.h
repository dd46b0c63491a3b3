// Runs a dialogue or scenario written as text (docs/formats/scene.md) in the lab's world.
#pragma once

#include <cstdint>
#include <string>

#include "lab/world.h"

namespace gatepost {

struct SceneResult {
  bool passed = true;
  std::string report;  // FILE:LINE: what was expected and what came, with the bytes
};

// Steps as of the file `name`. Where the scene says "whole only" its outcome depends on timing that
// chunks would change; ask allows_chunking() first.
SceneResult run_scene(const std::string& name, const std::string& text, Chunking chunking,
                      std::uint64_t seed);
bool allows_chunking(const std::string& text, Chunking chunking);

}  // namespace gatepost

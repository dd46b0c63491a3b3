// The program gatepost-enforcer: its command line, and what it does from start to end.
#pragma once

namespace gatepost {

// Returns the exit status: 0 done, 2 wrong usage or unusable settings, 3 failed on the way.
int enforcer_main(int argc, char** argv);

}  // namespace gatepost

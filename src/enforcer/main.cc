// The program that carries bans to the kernel, and may do nothing else. It links libnftables, so
// the program as a whole is under the GNU General Public License, version 2; our part of it is
// under the licence of the rest (LICENSE).
#include "enforcer/program.h"

int main(int argc, char** argv) { return gatepost::enforcer_main(argc, argv); }

// Where the doors find it.
#pragma once

#include "host/unique_fd.h"

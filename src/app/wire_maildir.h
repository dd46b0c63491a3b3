// The Maildirs that are watched, as the running gate has them.
#pragma once

#include <memory>

#include "doors/maildir/maildir_watch.h"
#include "gate/hearing.h"
#include "gate/ports/recorder.h"
#include "gate/settings.h"
#include "ops/control/gate_status.h"

namespace gatepost {

// All outlive it.
std::unique_ptr<MaildirWatch> make_maildir_watch(Hearing& hearing, Recorder& recorder,
                                                 std::shared_ptr<const Settings> settings);

MaildirStatus maildir_status(const MaildirWatch& watch);

}  // namespace gatepost

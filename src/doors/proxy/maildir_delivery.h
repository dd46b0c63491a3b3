// Writes one message into a Maildir as a delivery agent does: tmp/, fsync, new/.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "host/unique_fd.h"

namespace gatepost {

// Makes PATH, PATH/tmp, PATH/new and PATH/cur where they are missing, closed to other users.
Status prepare_maildir(const std::string& path);

// Whether mail can be delivered there, as far as rights tell.
Status check_maildir(const std::string& path);

// Blocks on the disk. Bound to no thread, but used by one at a time. What was not committed when it
// is destroyed is gone from tmp/; what a crash leaves there the readers of a Maildir remove after
// 36 hours.
class MaildirDelivery {
 public:
  explicit MaildirDelivery(std::string maildir);
  ~MaildirDelivery();
  MaildirDelivery(const MaildirDelivery&) = delete;
  MaildirDelivery& operator=(const MaildirDelivery&) = delete;

  // In this order. After an error the delivery has failed, and only its destruction is of use.
  Status begin();
  Status write(std::string_view bytes);
  // Done: the message is in new/ and both are on disk. Error: it is nowhere.
  Status commit();

 private:
  const std::string maildir_;
  const std::string name_;  // unique in all Maildirs: time, process, count, host
  UniqueFd file_;
  bool in_tmp_ = false;
};

}  // namespace gatepost

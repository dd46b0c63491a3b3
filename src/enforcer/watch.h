// Hears of changes that others make to the kernel's packet filter.
#pragma once

#include <libmnl/libmnl.h>

#include <cstdint>
#include <optional>
#include <string>

namespace gatepost {

// What happened since it was last asked.
struct Changes {
  bool ours = false;     // something of the table
  bool unknown = false;  // or so it may be: the kernel had more to say than there was room for
  std::optional<std::uint32_t> generation;  // after the last of them
};

class Watch {
 public:
  Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  int fd() const;  // readable: ask for changes(); -1 where the kernel tells nothing

  // Whoever makes changes himself hears nothing meanwhile, so that a million of them cost nothing;
  // whether there were others then, generations tell.
  void pause();
  void resume();

  // Never waits. Changes of other tables cost a look at their names.
  Changes changes(const std::string& table);

 private:
  mnl_socket* socket_ = nullptr;
};

}  // namespace gatepost

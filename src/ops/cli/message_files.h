// Messages out of files, mailboxes and folders, one after another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace gatepost {

struct MessagePlace {
  std::string file;
  std::uint64_t number = 0;  // of the message in it, from 1
};

struct MessageFilesSink {
  // At most kMessageBytesMax of a message, its first. False: enough.
  std::function<bool(std::string_view bytes, const MessagePlace& place)> message;
  // What is passed over, and why.
  std::function<void(const std::string& path, std::string_view why)> passed_over;
  // So many bytes of files more were read.
  std::function<void(std::uint64_t bytes)> read;
};

// As much of one as the control API takes.
inline constexpr std::size_t kMessageBytesMax = 4u << 20;

// `path` is a message, an mbox, a Maildir, a folder of messages or mboxes, or "-": standard input.
// In a folder links are not followed, and what is there no more when its turn comes is passed over
// without a word. With `single` standard input is one message, however it begins: an mbox whose
// writer does not quote holds what its senders please. False: the path, or what holds the messages
// of a Maildir, cannot be read, or not to its end, and was passed over.
bool each_message(const std::string& path, bool single, const MessageFilesSink& sink);

// Of all files that each_message() would read; 0 where that cannot be told.
std::uint64_t bytes_of_messages(const std::string& path);

}  // namespace gatepost

// What the names of files and folders in a Maildir say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost {

// By what a message is known while its flags and its folder change: a sum of its file's name
// without what programs add to it (":2,S", ",S=2300").
std::uint64_t sum_of_name(std::string_view file);

// Marked as deleted, and soon to be removed.
bool is_deleted(std::string_view file);

enum class FolderKind {
  junk,
  mail,   // who puts a message there wants it
  other,  // trash, and what is junk by another name: that a message comes there says nothing
};

// `folder` is its path below the Maildir: "" (the inbox), ".Work.2024", "Work/2024". `junk` are
// names as in the settings, with or without a dot.
FolderKind kind_of(std::string_view folder, const std::vector<std::string>& junk);

// Where the folder of that name may be: ".Work.2024", "Work/2024".
std::vector<std::string> places_of(std::string_view name);

}  // namespace gatepost

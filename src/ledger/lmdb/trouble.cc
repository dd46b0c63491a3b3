// Implements ledger/lmdb/trouble.h.
#include "ledger/lmdb/trouble.h"

#include <fmt/format.h>

#include <cerrno>

#include "ledger/lmdb/lmdb_env.h"
#include "ledger/lmdb/state_directory.h"

namespace gatepost {
namespace {

std::string how_to_write_again(int failure, const Trouble& trouble) {
  const auto& directory = trouble.directory;
  switch (failure) {
    case MDB_MAP_FULL:
      return fmt::format(
          "it has grown to its bound of {} MiB: keep the journal for a shorter time, or give the "
          "ledger a greater bound and restart",
          trouble.bytes_max >> 20);
    case MDB_PANIC:
      return "the disk failed in the middle of a commit: check it; the ledger is opened anew "
             "until that works";
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
      return fmt::format(
          "it is damaged: stop gatepost and put a backup in its place (gatepost restore), or move "
          "{}/{} away",
          directory, kDataFile);
    case MDB_MAP_RESIZED:
      return "another process has it open with a greater bound: restart gatepost with that one";
    default:
      break;
  }
  if (failure == ENOSPC || failure == EDQUOT || failure == EFBIG || disk_is_full(directory)) {
    return fmt::format("the disk of {} is full: make room, and it goes on by itself", directory);
  }
  return fmt::format("{}: check the disk of {}", mdb_strerror(failure), directory);
}

}  // namespace

std::string describe(const Trouble& trouble) {
  if (trouble.write_failure != 0) {
    return fmt::format("the ledger cannot be written, {}; {} changes wait in memory, {} are lost",
                       how_to_write_again(trouble.write_failure, trouble), trouble.waiting,
                       trouble.given_up);
  }
  if (trouble.stuck) {
    return fmt::format(
        "the ledger's commit hangs: the disk of {} is slow, or a stopped process has the ledger "
        "locked; {} changes wait in memory, {} are lost",
        trouble.directory, trouble.waiting, trouble.given_up);
  }
  if (trouble.read_failure != 0) {
    return fmt::format("the ledger cannot be read, {}; clients whose records are hit count as new",
                       how_to_write_again(trouble.read_failure, trouble));
  }
  return {};
}

}  // namespace gatepost

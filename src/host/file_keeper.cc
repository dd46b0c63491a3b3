// Implements host/file_keeper.h: a child, and a socket between the two.
#include "host/file_keeper.h"

#include <linux/capability.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include "host/capabilities.h"
#include "host/led_path.h"
#include "host/sandbox.h"

namespace gatepost {
namespace {

namespace fs = std::filesystem;

constexpr auto kPatience = std::chrono::seconds(5);

struct Question {
  std::uint32_t of_pairs;  // else of files
  std::uint32_t index;
};

// The bytes of both follow.
struct Head {
  std::int32_t error;  // an errno; 0: none
  std::uint32_t is_new;
  std::array<std::uint32_t, 2> sizes;
};

// ---- between the two: all of it, whatever signals come and however it is cut

using Deadline = std::optional<std::chrono::steady_clock::time_point>;  // none: for ever

bool wait_for(int fd, short what, const Deadline& deadline) {
  pollfd watched{fd, what, 0};
  for (;;) {
    int left = -1;
    if (deadline) {
      const auto rest = std::chrono::ceil<std::chrono::milliseconds>(
          *deadline - std::chrono::steady_clock::now());
      if (rest.count() <= 0) return false;
      left = static_cast<int>(rest.count());
    }
    const int ready = ::poll(&watched, 1, left);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// `move` is recv() or send() of what is left. False: too late, or the other end is gone.
template <typename Move>
bool move_all(int fd, short what, std::size_t size, const Deadline& deadline, Move move) {
  for (std::size_t moved = 0; moved < size;) {
    if (!wait_for(fd, what, deadline)) return false;
    const auto count = move(moved, size - moved);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return false;
    moved += static_cast<std::size_t>(count);
  }
  return true;
}

bool receive_all(int fd, void* bytes, std::size_t size, const Deadline& deadline) {
  return move_all(fd, POLLIN, size, deadline, [&](std::size_t from, std::size_t left) {
    return ::recv(fd, static_cast<char*>(bytes) + from, left, MSG_DONTWAIT);
  });
}

bool send_all(int fd, const void* bytes, std::size_t size, const Deadline& deadline) {
  return move_all(fd, POLLOUT, size, deadline, [&](std::size_t from, std::size_t left) {
    return ::send(fd, static_cast<const char*>(bytes) + from, left, MSG_DONTWAIT | MSG_NOSIGNAL);
  });
}

// ---- the keeper

int read_all(int fd, std::size_t bytes_max, std::string& content) {
  std::array<char, 16'384> chunk;
  for (;;) {
    const auto count = ::read(fd, chunk.data(), chunk.size());
    if (count < 0) return errno;
    if (count == 0) return 0;
    content.append(chunk.data(), static_cast<std::size_t>(count));
    if (content.size() > bytes_max) return EFBIG;
  }
}

class Keeper {
 public:
  Keeper(int fd, KeeperPlan plan, Asker asker)
      : fd_(fd), plan_(std::move(plan)), asker_(std::move(asker)), last_(plan_.pairs.size()) {}

  void run() {
    Question question;
    while (receive_all(fd_, &question, sizeof question, {})) {
      if (!answer(question)) return;
    }
  }

 private:
  bool answer(const Question& question) {
    Head head{};
    TlsPair read;
    const auto count = question.of_pairs ? plan_.pairs.size() : plan_.files.size();
    if (question.index >= count) {
      head.error = EINVAL;
    } else if (question.of_pairs) {
      head = look_at(question.index, read);
    } else {
      head.error = read_file(plan_.files[question.index], read.certificate);
      head.is_new = 1;
    }
    if (head.error != 0 || !head.is_new) read = {};
    head.sizes = {static_cast<std::uint32_t>(read.certificate.size()),
                  static_cast<std::uint32_t>(read.key.size())};
    const bool sent = send(&head, sizeof head) &&
                      send(read.certificate.data(), read.certificate.size()) &&
                      send(read.key.data(), read.key.size());
    wipe(read.key);
    return sent;
  }

  // What is compared is what is in them: their owner, who may be the asker, can change all that is
  // said about them.
  Head look_at(std::size_t index, TlsPair& read) {
    const auto& pair = plan_.pairs[index];
    Head head{};
    head.error = read_file(pair.certificate, read.certificate);
    if (head.error == 0) head.error = read_file(pair.key, read.key);
    if (head.error != 0) return head;
    const std::hash<std::string_view> sum;
    const Sums sums{read.certificate.size(), sum(read.certificate), read.key.size(), sum(read.key)};
    if (last_[index] == sums) return head;
    last_[index] = sums;
    head.is_new = 1;
    return head;
  }

  int read_file(const std::string& path, std::string& content) const {
    for (const auto& folder : plan_.his) {
      if (is_below(path, folder)) return EACCES;
    }
    const auto opened = open_for_asker(path, asker_);
    return opened.error != 0 ? opened.error : read_all(opened.fd.get(), plan_.bytes_max, content);
  }

  bool send(const void* bytes, std::size_t size) const { return send_all(fd_, bytes, size, {}); }

  using Sums = std::array<std::size_t, 4>;
  const int fd_;
  const KeeperPlan plan_;
  const Asker asker_;
  std::vector<std::optional<Sums>> last_;
};

// All but one, standard error too: nobody is to wait for our end.
void close_others(int kept) {
  const auto one = static_cast<unsigned>(kept);
  if (one > 0) ::syscall(SYS_close_range, 0u, one - 1, 0u);
  ::syscall(SYS_close_range, one + 1, ~0u, 0u);
}

// It ends when its asker does, and by no signal that is meant for that one.
[[noreturn]] void be_keeper(int fd, KeeperPlan plan) {
  auto asker = Asker::of(plan.asker);  // while the system may be asked
  ::prctl(PR_SET_NAME, "gatepost-keeper", 0, 0, 0);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) std::signal(signal, SIG_IGN);
  close_others(fd);
  if (::geteuid() == 0) empty_bounding_set();
  hide_memory();
  SandboxPlan bounds;
  bounds.paths = {{"/", Access::read}};
  bounds.calls.threads = false;
  if (keep_capabilities({CAP_DAC_READ_SEARCH})) {
    enter_sandbox(bounds);
    Keeper(fd, std::move(plan), std::move(asker)).run();
  }
  ::_exit(0);
}

std::string absolute(const std::string& path) {
  std::error_code error;
  auto whole = fs::absolute(path, error);
  return error ? path : whole.string();
}

}  // namespace

struct FileKeeper::Answer {
  bool is_new;
  TlsPair read;
};

void wipe(std::string& secret) {
  ::explicit_bzero(secret.data(), secret.capacity());
  secret.clear();
}

Result<FileKeeper> FileKeeper::start(KeeperPlan plan) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return Error{std::generic_category().message(errno)};
  const auto child = ::fork();
  if (child == 0) {
    auto from_here = plan;
    for (auto& file : from_here.files) file = absolute(file);
    for (auto& pair : from_here.pairs) pair = {absolute(pair.certificate), absolute(pair.key)};
    be_keeper(ends[1], std::move(from_here));
  }
  ::close(ends[1]);
  FileKeeper made(ends[0], std::move(plan));
  if (child < 0) return Error{std::generic_category().message(errno)};
  return made;
}

FileKeeper::FileKeeper(FileKeeper&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), plan_(std::move(other.plan_)) {}

FileKeeper::~FileKeeper() { end(); }

void FileKeeper::end() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool FileKeeper::keeps(const std::string& file) const {
  return std::find(plan_.files.begin(), plan_.files.end(), file) != plan_.files.end();
}

bool FileKeeper::keeps(const TlsPair& pair) const {
  return std::find(plan_.pairs.begin(), plan_.pairs.end(), pair) != plan_.pairs.end();
}

// One that is late, or says what it cannot, is not asked again: its answers would be those to
// earlier questions.
Result<FileKeeper::Answer> FileKeeper::ask(bool pair, std::size_t index) {
  const Question question{pair, static_cast<std::uint32_t>(index)};
  const Deadline deadline = std::chrono::steady_clock::now() + kPatience;
  const auto receive = [&](void* bytes, std::size_t size) {
    return receive_all(fd_, bytes, size, deadline);
  };
  Head head{};
  Answer answer{};
  bool well = fd_ >= 0 && send_all(fd_, &question, sizeof question, deadline) &&
              receive(&head, sizeof head) &&
              std::max(head.sizes[0], head.sizes[1]) <= plan_.bytes_max;
  if (well) {
    answer.read.certificate.resize(head.sizes[0]);
    answer.read.key.resize(head.sizes[1]);
    well = receive(answer.read.certificate.data(), head.sizes[0]) &&
           receive(answer.read.key.data(), head.sizes[1]);
  }
  if (!well) {
    end();
    return Error{"the process that reads files for the gate is gone; restart the gate"};
  }
  if (head.error != 0) return Error{std::generic_category().message(head.error)};
  answer.is_new = head.is_new != 0;
  return answer;
}

Result<std::string> FileKeeper::read(const std::string& file) {
  const auto index = std::find(plan_.files.begin(), plan_.files.end(), file) - plan_.files.begin();
  auto answer = ask(false, static_cast<std::size_t>(index));
  if (!answer) return Error{answer.error()};
  return std::move(answer->read.certificate);
}

Result<std::optional<TlsPair>> FileKeeper::read_if_new(const TlsPair& pair) {
  const auto index = std::find(plan_.pairs.begin(), plan_.pairs.end(), pair) - plan_.pairs.begin();
  auto answer = ask(true, static_cast<std::size_t>(index));
  if (!answer) return Error{answer.error()};
  if (!answer->is_new) return std::optional<TlsPair>();
  return std::optional(std::move(answer->read));
}

}  // namespace gatepost

// A forked process for a test, which tells its parent of its progress byte by byte.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>

namespace gatepost {

// Begun while the parent has no ledger open and no thread but its first: neither survives a fork.
class ChildProcess {
 public:
  // What the child is given to speak with its parent.
  class Parent {
   public:
    Parent(int in, int out) : in_(in), out_(out) {}
    void tell(char word) const { [[maybe_unused]] const auto sent = write(out_, &word, 1); }
    void tell(const std::string& words) const {
      [[maybe_unused]] const auto sent = write(out_, words.data(), words.size());
    }
    void wait() const {
      char word = 0;
      [[maybe_unused]] const auto got = read(in_, &word, 1);
    }

   private:
    int in_;
    int out_;
  };

  // What body(parent) returns is the child's exit status.
  explicit ChildProcess(const std::function<int(const Parent&)>& body) {
    int down[2];
    int up[2];
    [[maybe_unused]] const bool made = pipe(down) == 0 && pipe(up) == 0;
    assert(made);
    std::fflush(nullptr);  // or both would print what is buffered
    pid_ = fork();
    assert(pid_ >= 0);
    if (pid_ == 0) {
      close(down[1]);
      close(up[0]);
      _exit(body(Parent(down[0], up[1])));
    }
    close(down[0]);
    close(up[1]);
    to_ = down[1];
    from_ = up[0];
  }
  ~ChildProcess() {
    if (pid_ > 0) kill_hard();
    close(to_);
    close(from_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void tell(char word) const { [[maybe_unused]] const auto sent = write(to_, &word, 1); }
  // Waits for the next byte; 0 where the child has ended.
  char hear() const {
    char word = 0;
    return read(from_, &word, 1) == 1 ? word : '\0';
  }
  // All that is still to come, until the child has ended.
  std::string hear_out() const {
    std::string all;
    char some[4096];
    for (ssize_t got = 0; (got = read(from_, some, sizeof some)) > 0;) {
      all.append(some, static_cast<std::size_t>(got));
    }
    return all;
  }

  void kill_hard() {
    kill(pid_, SIGKILL);
    status();
  }
  // Waits for its end; -1 where a signal ended it.
  int status() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
};

}  // namespace gatepost

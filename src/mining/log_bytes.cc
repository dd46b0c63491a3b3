// Implements mining/log_bytes.h: plain files by position, all else as a stream.
#include "mining/log_bytes.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "wire/maillog/journal_export.h"

namespace gatepost {
namespace {

// In a core's own cache together with what is made of it.
constexpr std::size_t kBlockBytes = 512u << 10;

class Descriptor {
 public:
  Descriptor(int descriptor, bool is_ours) : descriptor_(descriptor), is_ours_(is_ours) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (is_ours_) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
  const bool is_ours_;
};

struct OpenedFile {
  std::unique_ptr<Descriptor> descriptor;
  struct stat about {};
};

// The part of whole lines; 0: there is no end of a line in it.
std::size_t whole_lines(std::string_view bytes) { return bytes.rfind('\n') + 1; }

WallTime modified(const struct stat& about) {
  if (!S_ISREG(about.st_mode)) return kNever;
  return wall_time(static_cast<std::int64_t>(about.st_mtim.tv_sec) * 1000);
}

class PlainLog final : public LogBytes {
 public:
  explicit PlainLog(OpenedFile file)
      : file_(std::move(file)), size_(static_cast<std::uint64_t>(file_.about.st_size)) {}

  void skip_to(std::uint64_t offset) override { from_ = next_ = offset; }

  bool next(LogBlock& block) override {
    while (true) {
      const auto begin = next_.fetch_add(kBlockBytes);
      if (begin >= size_) return false;
      const auto end = std::min<std::uint64_t>(begin + kBlockBytes, size_);
      if (!read_lines(begin, end, block)) return false;
      if (!block.lines.empty()) return true;
    }
  }

  std::string trouble() const override {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }
  std::uint64_t read_of_file() const override { return std::min<std::uint64_t>(next_, size_); }
  std::uint64_t file_size() const override { return size_; }
  WallTime last_written() const override { return modified(file_.about); }
  bool can_be_opened_again() const override { return true; }

  std::string line_behind(std::uint64_t offset) const override {
    std::array<char, 4096> bytes;
    const auto got =
        ::pread(file_.descriptor->get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    const std::string_view read(bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    const auto line_end = offset == 0 ? 0 : read.find('\n') + 1;
    if (offset > 0 && line_end == 0) return {};
    return std::string(read.substr(line_end, 256));
  }

 private:
  // Those lines that begin within [begin, end).
  bool read_lines(std::uint64_t begin, std::uint64_t end, LogBlock& block) {
    // The byte before tells whether a line begins here.
    const std::uint64_t before = begin > from_ ? 1 : 0;
    auto filled = read_at(begin - before, end - begin + before, block, 0);
    if (!filled) return false;
    std::size_t first = 0;
    if (before > 0) {
      const auto* const line_end = std::memchr(block.bytes.data(), '\n', filled);
      if (!line_end) {
        block.lines = {};
        return true;
      }
      first = static_cast<std::size_t>(static_cast<const char*>(line_end) - block.bytes.data()) + 1;
    }
    block.offset = begin - before + first;
    if (first == filled && before > 0 && block.bytes[filled - 1] == '\n') {
      block.lines = {};
      return true;
    }
    if (end < size_ && block.bytes[filled - 1] != '\n')
      filled = read_rest_of_line(end, filled, block);
    block.lines = {block.bytes.data() + first, filled - first};
    return true;
  }

  // What is too long is cut off: the next block begins behind its end.
  std::size_t read_rest_of_line(std::uint64_t from, std::size_t filled, LogBlock& block) {
    const auto more =
        read_at(from, std::min<std::uint64_t>(kLogLineMax, size_ - from), block, filled);
    const auto* const line_end = std::memchr(block.bytes.data() + filled, '\n', more);
    if (!line_end) return filled + more;
    return static_cast<std::size_t>(static_cast<const char*>(line_end) - block.bytes.data()) + 1;
  }

  // How many bytes there were; 0: none, which is trouble.
  std::size_t read_at(std::uint64_t from, std::uint64_t count, LogBlock& block, std::size_t at) {
    if (block.bytes.size() < at + count) block.bytes.resize(at + count);
    std::size_t got = 0;
    while (got < count) {
      const auto read = ::pread(file_.descriptor->get(), block.bytes.data() + at + got, count - got,
                                static_cast<off_t>(from + got));
      if (read < 0 && errno == EINTR) continue;
      if (read <= 0) {
        tell_trouble(read < 0 ? std::strerror(errno) : "it became shorter while it was read");
        break;
      }
      got += static_cast<std::size_t>(read);
    }
    return got;
  }

  void tell_trouble(const char* why) {
    const std::lock_guard lock(mutex_);
    if (trouble_.empty()) trouble_ = why;
  }

  const OpenedFile file_;
  const std::uint64_t size_;
  std::uint64_t from_ = 0;
  std::atomic<std::uint64_t> next_ = 0;
  mutable std::mutex mutex_;
  std::string trouble_;
};

class StreamedLog final : public LogBytes {
 public:
  explicit StreamedLog(OpenedFile file)
      : file_(std::move(file)), archive_(archive_read_new(), &archive_read_free) {}

  bool open() {
    auto* const archive = archive_.get();
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_filter_lz4(archive);
    archive_read_support_format_raw(archive);
    archive_read_support_format_empty(archive);
    archive_entry* entry = nullptr;
    if (archive_read_open_fd(archive, file_.descriptor->get(), kBlockBytes) != ARCHIVE_OK)
      return false;
    const int status = archive_read_next_header(archive, &entry);
    at_end_ = status == ARCHIVE_EOF;
    return at_end_ || status == ARCHIVE_OK;
  }

  std::string why_not() const {
    const auto* const words = archive_error_string(archive_.get());
    return words ? words : "it cannot be decompressed";
  }

  void skip_to(std::uint64_t offset) override { skip_ = offset; }

  bool next(LogBlock& block) override {
    const std::lock_guard lock(mutex_);
    while (fill(block)) {
      const auto offset = offset_;
      offset_ += block.lines.size();
      if (offset_ <= skip_) continue;
      const auto skipped = skip_ > offset ? skip_ - offset : 0;
      block.lines.remove_prefix(skipped);
      block.offset = offset + skipped;
      return true;
    }
    return false;
  }

  std::string trouble() const override {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }
  std::uint64_t read_of_file() const override { return read_of_file_; }
  std::uint64_t file_size() const override {
    return S_ISREG(file_.about.st_mode) ? static_cast<std::uint64_t>(file_.about.st_size) : 0;
  }
  WallTime last_written() const override { return modified(file_.about); }
  bool can_be_opened_again() const override { return S_ISREG(file_.about.st_mode); }
  std::string line_behind(std::uint64_t) const override { return {}; }

 private:
  // What may wait for its end: the buffer has room for it.
  std::size_t left_max() const { return is_journal_ ? kBlockBytes / 2 : kLogLineMax; }

  // The part of whole lines, or of whole entries; 0: there is none.
  std::size_t whole_part(std::string_view bytes) const {
    if (!is_journal_) return whole_lines(bytes);
    std::size_t whole = 0;
    while (const auto end = JournalEntryEnd().find(bytes.substr(whole))) whole += *end;
    return whole;
  }

  // What the last block left of a line, and more up to the end of a line.
  bool fill(LogBlock& block) {
    while (true) {
      auto all = read_some(block);
      if (all.empty()) return false;
      if (offset_ == 0) is_journal_ = begins_journal_export(all);
      block.is_journal = is_journal_;
      if (within_long_line_) all = behind_long_line(all);
      if (all.empty()) continue;
      auto whole = at_end_ ? all.size() : whole_part(all);
      // No line: its rest is left out.
      within_long_line_ = whole == 0 || all.size() - whole > left_max();
      if (within_long_line_) whole = all.size();
      left_ = all.substr(whole);
      block.lines = all.substr(0, whole);
      return true;
    }
  }

  std::string_view read_some(LogBlock& block) {
    if (block.bytes.size() < kBlockBytes + kLogLineMax)
      block.bytes.resize(kBlockBytes + kLogLineMax);
    std::memcpy(block.bytes.data(), left_.data(), left_.size());
    std::size_t filled = left_.size();
    left_.clear();
    while (!at_end_ && filled < kBlockBytes) filled += read_more(block, filled);
    return {block.bytes.data(), filled};
  }

  std::string_view behind_long_line(std::string_view bytes) {
    const auto end = bytes.find('\n');
    within_long_line_ = end == std::string_view::npos;
    const auto dropped = within_long_line_ ? bytes.size() : end + 1;
    offset_ += dropped;
    return bytes.substr(dropped);
  }

  std::size_t read_more(LogBlock& block, std::size_t at) {
    const auto got = archive_read_data(archive_.get(), block.bytes.data() + at, kBlockBytes - at);
    read_of_file_ = static_cast<std::uint64_t>(archive_filter_bytes(archive_.get(), -1));
    if (got > 0) return static_cast<std::size_t>(got);
    at_end_ = true;
    if (got < 0) trouble_ = why_not();
    return 0;
  }

  const OpenedFile file_;
  mutable std::mutex mutex_;
  std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
  bool at_end_ = false;
  bool is_journal_ = false;
  bool within_long_line_ = false;
  std::string left_;
  std::uint64_t offset_ = 0;
  std::uint64_t skip_ = 0;
  std::atomic<std::uint64_t> read_of_file_ = 0;
  std::string trouble_;
};

// Only the beginning tells where an entry of a journal ends.
bool is_stream(int descriptor) {
  using namespace std::string_view_literals;
  constexpr std::array kMagic = {"\x1f\x8b"sv, "\xfd\x37zXZ"sv, "\x28\xb5\x2f\xfd"sv, "BZh"sv,
                                 "\x04\x22\x4d\x18"sv};
  std::array<char, 64> first{};
  const auto got = ::pread(descriptor, first.data(), first.size(), 0);
  const std::string_view bytes(first.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  return begins_journal_export(bytes) ||
         std::any_of(kMagic.begin(), kMagic.end(),
                     [&](std::string_view magic) { return bytes.starts_with(magic); });
}

Result<OpenedFile> open_file(const std::string& name) {
  OpenedFile file;
  const bool is_input = name == "-";
  const int descriptor = is_input ? STDIN_FILENO : ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Error{std::strerror(errno)};
  file.descriptor = std::make_unique<Descriptor>(descriptor, !is_input);
  if (::fstat(descriptor, &file.about) != 0) return Error{std::strerror(errno)};
  if (S_ISDIR(file.about.st_mode)) return Error{"is a directory; name the logs in it"};
  return file;
}

}  // namespace

Result<std::unique_ptr<LogBytes>> LogBytes::open(const std::string& name) {
  auto file = open_file(name);
  if (!file) return Error{file.error()};
  const auto& about = file->about;
  if (name != "-" && S_ISREG(about.st_mode) && !is_stream(file->descriptor->get())) {
    ::posix_fadvise(file->descriptor->get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return std::unique_ptr<LogBytes>(std::make_unique<PlainLog>(std::move(file).value()));
  }
  auto streamed = std::make_unique<StreamedLog>(std::move(file).value());
  if (!streamed->open()) return Error{streamed->why_not()};
  return std::unique_ptr<LogBytes>(std::move(streamed));
}

}  // namespace gatepost

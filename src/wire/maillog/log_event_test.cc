// Tests of wire/maillog/log_event.h: the words are those of docs/formats/events.md.
#include "wire/maillog/log_event.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/text.h"

namespace gatepost {
namespace {

struct Row {
  std::string word;
  std::string offence;
};

// Of the first table of the document.
std::vector<Row> documented() {
  std::ifstream file(GATEPOST_SOURCE_DIR "/docs/formats/events.md");
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line) && !line.starts_with("## ");) {
    if (!line.starts_with("| `")) continue;
    const auto fields = split(line, '|');
    const auto word = trim(fields[1]);
    rows.push_back({std::string(word.substr(1, word.size() - 2)),
                    std::string(trim(fields[fields.size() - 2]))});
  }
  return rows;
}

TEST(LogEvent, HasTheWordsOfTheDocument) {
  const auto rows = documented();
  constexpr auto kLast = static_cast<std::size_t>(LogEvent::Kind::other);
  ASSERT_EQ(rows.size(), kLast + 1);
  for (std::size_t i = 0; i <= kLast; ++i) {
    const auto kind = static_cast<LogEvent::Kind>(i);
    EXPECT_EQ(rows[i].word, to_string(kind));
    EXPECT_EQ(rows[i].offence, is_offence(kind) ? "yes" : "no") << rows[i].word;
  }
}

}  // namespace
}  // namespace gatepost

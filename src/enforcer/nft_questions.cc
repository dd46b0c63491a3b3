// Implements enforcer/nft_questions.h.
#include "enforcer/nft_questions.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "enforcer/netlink_attributes.h"

namespace gatepost {
namespace {

// linux/netfilter/nf_tables.h has it inside the kernel only.
constexpr std::uint32_t kCounterObject = NFT_OBJECT_COUNTER;
constexpr std::size_t kBuffer = 65'536;  // a dump's messages are smaller

// All kinds of message have the table's name in their first attribute.
constexpr std::uint16_t kTableName = 1;
static_assert(NFTA_TABLE_NAME == kTableName && NFTA_CHAIN_TABLE == kTableName &&
              NFTA_RULE_TABLE == kTableName && NFTA_SET_TABLE == kTableName);

// FNV-1a.
void add_to(std::uint64_t& sum, std::string_view bytes) {
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
}

// What a look counts of a kind of message: attributes up to `last` but those that differ each time
// the same is made, or that count something.
struct Counted {
  int question;
  std::uint16_t last;
  std::bitset<32> without;
};

std::bitset<32> bits(std::initializer_list<unsigned> numbers) {
  std::bitset<32> made;
  for (const auto number : numbers) made.set(number);
  return made;
}

const std::array<Counted, 4>& counted_kinds() {
  static const std::array<Counted, 4> kinds{{
      {NFT_MSG_GETTABLE, NFTA_TABLE_USERDATA,
       bits({kTableName, NFTA_TABLE_USE, NFTA_TABLE_HANDLE})},
      {NFT_MSG_GETCHAIN, NFTA_CHAIN_FLAGS,
       bits({kTableName, NFTA_CHAIN_HANDLE, NFTA_CHAIN_USE, NFTA_CHAIN_COUNTERS})},
      {NFT_MSG_GETSET, NFTA_SET_EXPRESSIONS, bits({kTableName, NFTA_SET_HANDLE})},
      {NFT_MSG_GETRULE, NFTA_RULE_USERDATA,
       bits({kTableName, NFTA_RULE_HANDLE, NFTA_RULE_POSITION})},
  }};
  return kinds;
}

// Whether it is of that table; its attributes go into the sum.
bool add_message(const nlmsghdr& message, const std::string& table, const Counted& counted,
                 std::uint64_t& sum) {
  bool is_its = false;
  std::uint64_t own = sum;
  for_each_attribute(message, [&](const nlattr& attribute) {
    const auto type = mnl_attr_get_type(&attribute);
    if (type == kTableName) is_its = name_in(attribute) == table;
    if (type > counted.last || counted.without[type]) return;
    add_to(own, {reinterpret_cast<const char*>(&type), sizeof type});
    add_to(own, payload_of(attribute));
  });
  if (is_its) sum = own;
  return is_its;
}

}  // namespace

struct NftQuestions::Request {
  Request(int kind, std::uint16_t flags) {
    header = mnl_nlmsg_put_header(buffer.data());
    header->nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | kind);
    header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    auto* family = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
    family->nfgen_family = NFPROTO_INET;
    family->version = NFNETLINK_V0;
    family->res_id = 0;
  }

  void text(std::uint16_t type, const std::string& value) {
    mnl_attr_put_strz(header, type, value.c_str());
  }

  std::array<char, 1024> buffer{};
  nlmsghdr* header = nullptr;
};

NftQuestions::NftQuestions() {
  socket_ = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
  if (socket_ != nullptr) mnl_socket_bind(socket_, 0, MNL_SOCKET_AUTOPID);
}

NftQuestions::~NftQuestions() {
  if (socket_ != nullptr) mnl_socket_close(socket_);
}

// True where it was answered to the end, without an error and of one state of the tables.
bool NftQuestions::ask(Request& request, const Visit& visit) {
  if (socket_ == nullptr) return false;
  request.header->nlmsg_seq = ++sequence_;
  if (mnl_socket_sendto(socket_, request.header, request.header->nlmsg_len) < 0) return false;
  const bool is_dump = (request.header->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  bool consistent = true;
  std::array<char, kBuffer> buffer;
  while (true) {
    const auto size = mnl_socket_recvfrom(socket_, buffer.data(), buffer.size());
    if (size < 0) return false;
    int rest = static_cast<int>(size);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; mnl_nlmsg_ok(message, rest); message = mnl_nlmsg_next(message, &rest)) {
      if (message->nlmsg_seq != sequence_) continue;  // of a question that was given up
      if (message->nlmsg_type == NLMSG_ERROR) return false;
      if (message->nlmsg_flags & NLM_F_DUMP_INTR) consistent = false;
      if (message->nlmsg_type == NLMSG_DONE) return consistent;
      visit(*message);
      if (!is_dump) return true;
    }
  }
}

std::optional<std::uint32_t> NftQuestions::generation() {
  Request request(NFT_MSG_GETGEN, 0);
  std::optional<std::uint32_t> number;
  ask(request, [&](const nlmsghdr& message) {
    for_each_attribute(message, [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == NFTA_GEN_ID)
        number = ntohl(mnl_attr_get_u32(&attribute));
    });
  });
  return number;
}

std::optional<std::uint32_t> NftQuestions::uses(const std::string& table) {
  Request request(NFT_MSG_GETTABLE, 0);
  request.text(NFTA_TABLE_NAME, table);
  std::optional<std::uint32_t> number;
  ask(request, [&](const nlmsghdr& message) {
    for_each_attribute(message, [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == NFTA_TABLE_USE)
        number = ntohl(mnl_attr_get_u32(&attribute));
    });
  });
  return number;
}

bool NftQuestions::has_chain(const std::string& table, const std::string& chain) {
  Request request(NFT_MSG_GETCHAIN, 0);
  request.text(NFTA_CHAIN_TABLE, table);
  request.text(NFTA_CHAIN_NAME, chain);
  return ask(request, [](const nlmsghdr&) {});
}

bool NftQuestions::has_set(const std::string& table, const std::string& set) {
  Request request(NFT_MSG_GETSET, 0);
  request.text(NFTA_SET_TABLE, table);
  request.text(NFTA_SET_NAME, set);
  return ask(request, [](const nlmsghdr&) {});
}

std::optional<NftElement> NftQuestions::element(const std::string& table, const std::string& set,
                                                const Address& address) {
  Request request(NFT_MSG_GETSETELEM, 0);
  request.text(NFTA_SET_ELEM_LIST_TABLE, table);
  request.text(NFTA_SET_ELEM_LIST_SET, set);
  const auto& bytes = address.bytes();
  const std::size_t unused = address.is_v4() ? 12 : 0;
  auto* list = mnl_attr_nest_start(request.header, NFTA_SET_ELEM_LIST_ELEMENTS);
  auto* one = mnl_attr_nest_start(request.header, NFTA_LIST_ELEM);
  auto* key = mnl_attr_nest_start(request.header, NFTA_SET_ELEM_KEY);
  mnl_attr_put(request.header, NFTA_DATA_VALUE, bytes.size() - unused, bytes.data() + unused);
  mnl_attr_nest_end(request.header, key);
  mnl_attr_nest_end(request.header, one);
  mnl_attr_nest_end(request.header, list);
  NftElement found;
  const auto read_time = [&](const nlattr& attribute) {
    if (mnl_attr_get_type(&attribute) == NFTA_SET_ELEM_EXPIRATION)
      found.left = Duration(static_cast<std::int64_t>(be64toh(mnl_attr_get_u64(&attribute))));
  };
  const auto read_element = [&](const nlattr& element) { for_each_nested(element, read_time); };
  const bool answered = ask(request, [&](const nlmsghdr& message) {
    for_each_attribute(message, [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == NFTA_SET_ELEM_LIST_ELEMENTS)
        for_each_nested(attribute, read_element);
    });
  });
  return answered ? std::optional(found) : std::nullopt;
}

std::optional<std::uint64_t> NftQuestions::packets(const std::string& table,
                                                   const std::string& counter) {
  Request request(NFT_MSG_GETOBJ, 0);
  request.text(NFTA_OBJ_TABLE, table);
  request.text(NFTA_OBJ_NAME, counter);
  mnl_attr_put_u32(request.header, NFTA_OBJ_TYPE, htonl(kCounterObject));
  std::optional<std::uint64_t> number;
  const auto read_packets = [&](const nlattr& part) {
    if (mnl_attr_get_type(&part) == NFTA_COUNTER_PACKETS) number = be64toh(mnl_attr_get_u64(&part));
  };
  ask(request, [&](const nlmsghdr& message) {
    for_each_attribute(message, [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == NFTA_OBJ_DATA) for_each_nested(attribute, read_packets);
    });
  });
  return number;
}

std::optional<std::uint64_t> NftQuestions::shape(const std::string& table) {
  constexpr int kTries = 5;  // somebody else may change theirs while ours are told
  for (int i = 0; i < kTries; ++i) {
    std::uint64_t sum = 0xcbf29ce484222325;
    bool whole = true;
    bool exists = false;
    for (const auto& counted : counted_kinds()) {
      Request request(counted.question, NLM_F_DUMP);
      if (counted.question == NFT_MSG_GETSET || counted.question == NFT_MSG_GETRULE)
        request.text(kTableName, table);  // the others do not know how to look at it
      add_to(sum, "|");
      whole = ask(request,
                  [&](const nlmsghdr& message) {
                    const bool is_its = add_message(message, table, counted, sum);
                    exists = exists || (is_its && counted.question == NFT_MSG_GETTABLE);
                  }) &&
              whole;
    }
    if (!exists) return std::nullopt;
    if (whole) return sum;
  }
  return std::nullopt;
}

}  // namespace gatepost

// A name server on loopback that does what a test tells it, on the test's own loop.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "gate/ports/resolver.h"
#include "resolve/testing/dns_message.h"

namespace gatepost::dns_test {

// Answers by UDP and TCP on one port. What it does not know, does not exist.
class NameServer {
 public:
  enum class Way {
    answers,
    silent,
    fails,      // SERVFAIL
    refuses,    // REFUSED
    garbage,    // bytes that are no message, behind a header that fits
    truncates,  // by UDP an empty reply that says so; by TCP the answer
  };

  explicit NameServer(boost::asio::io_context& loop) : loop_(loop), udp_(loop), tcp_(loop) {
    const auto loopback = boost::asio::ip::address_v4::loopback();
    for (int attempt = 0; attempt < 100 && !tcp_.is_open(); ++attempt) {
      udp_ = Udp::socket(loop, Udp::endpoint(loopback, 0));
      boost::system::error_code taken;
      tcp_.open(Tcp::v4());
      tcp_.bind(Tcp::endpoint(loopback, udp_.local_endpoint().port()), taken);
      if (taken) tcp_.close();
    }
    tcp_.listen();
    endpoint_ = {*Address::parse("127.0.0.1"), udp_.local_endpoint().port()};
    receive();
    accept();
  }

  const Endpoint& endpoint() const { return endpoint_; }

  void add(DnsType type, const std::string& name, const std::string& data,
           std::uint32_t ttl = 300) {
    add(type, name, dns_type_number(type), data, ttl);
  }
  // What is added to the answers to (type, name) may be of another type and, as in a row of
  // aliases, another owner.
  void add(DnsType type, const std::string& name, int record_type, const std::string& data,
           std::uint32_t ttl = 300, const std::string& owner = "") {
    zone_[{dns_type_number(type), name}].push_back(
        {owner.empty() ? name : owner, record_type, data, ttl});
  }

  Way way = Way::answers;
  std::map<std::pair<int, std::string>, Way> ways;  // of single questions
  std::chrono::milliseconds delay{};
  std::size_t padding = 0;  // answers by UDP get so many bytes longer: no reply of the DNS

  void close_tcp() { tcp_.close(); }
  void set_way(DnsType type, const std::string& name, Way its_way) {
    ways[{dns_type_number(type), name}] = its_way;
  }

  std::vector<std::string> asked;  // "TYPE NAME" by UDP, in order, in lower case
  std::vector<std::string> asked_by_tcp;
  std::set<std::uint16_t> ports;  // that UDP came from

 private:
  using Udp = boost::asio::ip::udp;
  using Tcp = boost::asio::ip::tcp;
  struct Record {
    std::string owner;
    int type;
    std::string data;
    std::uint32_t ttl;
  };
  struct Question {
    std::uint16_t id = 0;
    int type = 0;
    std::string name;
  };

  static Question read(std::string_view bytes) {
    Question question;
    ByteReader reader(bytes);
    question.id = reader.integer<std::uint16_t>();
    reader.take(10);
    while (const auto length = reader.integer<std::uint8_t>()) {
      if (!question.name.empty()) question.name += '.';
      question.name += reader.take(length);
    }
    question.name = to_lower(question.name);
    question.type = reader.integer<std::uint16_t>();
    return question;
  }

  static DnsType type_of(int number) {
    for (const auto type : {DnsType::ptr, DnsType::a, DnsType::aaaa, DnsType::mx, DnsType::txt}) {
      if (dns_type_number(type) == number) return type;
    }
    return DnsType::txt;
  }

  // Empty: no reply at all.
  std::string reply(const Question& question, bool by_tcp) {
    const DnsQuestion asked_for{type_of(question.type), question.name};
    const auto place = ways.find({question.type, question.name});
    switch (place == ways.end() ? way : place->second) {
      case Way::silent:
        return {};
      case Way::fails:
        return Message(asked_for, 2).id(question.id).bytes();
      case Way::refuses:
        return Message(asked_for, 5).id(question.id).bytes();
      case Way::garbage:
        return integer(question.id) + Message(asked_for).bytes().substr(2) + "\xff\xff garbage";
      case Way::truncates:
        if (!by_tcp) return Message(asked_for).id(question.id).flags(0x8380).bytes();
        break;
      case Way::answers:
        break;
    }
    const auto records = zone_.find({question.type, question.name});
    Message message(asked_for, records == zone_.end() ? 3 : 0);
    if (records != zone_.end()) {
      for (const auto& record : records->second)
        message.answer(record.owner, record.type, record.data, record.ttl);
    }
    return message.id(question.id).bytes();
  }

  void receive() {
    udp_.async_receive_from(boost::asio::buffer(buffer_), peer_,
                            [this](const auto& error, std::size_t size) {
                              if (error) return;
                              const auto question = read({buffer_.data(), size});
                              asked.push_back(std::to_string(question.type) + " " + question.name);
                              ports.insert(peer_.port());
                              const auto bytes = reply(question, false) + std::string(padding, 'x');
                              if (bytes.size() > padding)
                                later([this, bytes, peer = peer_] {
                                  boost::system::error_code gone;
                                  udp_.send_to(boost::asio::buffer(bytes), peer, 0, gone);
                                });
                              receive();
                            });
  }

  template <typename Action>
  void later(Action action) {
    if (delay.count() == 0) return action();
    const auto timer = std::make_shared<boost::asio::steady_timer>(loop_, delay);
    timer->async_wait([timer, action](const auto& error) {
      if (!error) action();
    });
  }

  void accept() {
    tcp_.async_accept([this](const auto& error, Tcp::socket socket) {
      if (error) return;
      auto client = std::make_shared<std::pair<Tcp::socket, std::string>>(std::move(socket),
                                                                          std::string(2, '\0'));
      boost::asio::async_read(client->first, boost::asio::buffer(client->second),
                              [this, client](const auto& wrong, std::size_t) {
                                if (!wrong) read_question(client);
                              });
      accept();
    });
  }

  void read_question(const std::shared_ptr<std::pair<Tcp::socket, std::string>>& client) {
    client->second.resize(ByteReader(client->second).integer<std::uint16_t>());
    boost::asio::async_read(
        client->first, boost::asio::buffer(client->second),
        [this, client](const auto& wrong, std::size_t) {
          if (wrong) return;
          const auto question = read(client->second);
          asked_by_tcp.push_back(std::to_string(question.type) + " " + question.name);
          const auto bytes = reply(question, true);
          client->second = integer(static_cast<std::uint16_t>(bytes.size())) + bytes;
          boost::asio::async_write(client->first, boost::asio::buffer(client->second),
                                   [client](const auto&, std::size_t) {});
        });
  }

  boost::asio::io_context& loop_;
  Udp::socket udp_;
  Tcp::acceptor tcp_;
  Endpoint endpoint_;
  std::array<char, 4096> buffer_;
  Udp::endpoint peer_;
  std::map<std::pair<int, std::string>, std::vector<Record>> zone_;
};

}  // namespace gatepost::dns_test

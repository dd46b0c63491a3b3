// A mail server in this process, for our own backend leg alone, that delivers into a Maildir.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "doors/proxy/backend_transport.h"
#include "doors/proxy/maildir_delivery.h"
#include "model/address.h"
#include "model/smtp_reply.h"
#include "wire/smtp/capabilities.h"
#include "wire/smtp/command_decoder.h"
#include "wire/smtp/data_decoder.h"

namespace gatepost {

// What the trace fields tell of a message's way (RFC 5321 4.4).
struct MailTrace {
  std::string hostname;
  std::string session_id;
  Address client;
  std::string helo;  // as the client said it
  bool tls = false;
};

// What it offers: only what a file of bytes can honour. No DSN, for it reports nothing to the
// sender.
Capabilities maildir_capabilities();

// As the last server on the way it puts in front of each message: Return-Path with the sender,
// Delivered-To for each recipient of the envelope (one Maildir holds the mail of all, so its reader
// sees blind copies), and Received. Dots are unstuffed, CRLF becomes LF.
//
// 250 for a message means: it is in new/, on disk. Every trouble is 451 4.3.0, and then it is not
// there. Disk work runs on `files`; of a message at most 64 KiB is in memory, and one job of it
// under way.
class MaildirBackend final : public BackendTransport,
                             public std::enable_shared_from_this<MaildirBackend> {
 public:
  MaildirBackend(const boost::asio::any_io_executor& loop, boost::asio::thread_pool& files,
                 Owner& owner, std::string maildir, MailTrace trace);

  void connect() override;
  void start_tls() override;  // never: it does not offer it
  std::size_t send(std::string_view bytes) override;
  void finish() override { drop(); }
  void drop() override;

 private:
  std::size_t take_command(std::string_view bytes);
  std::size_t take_content(std::string_view bytes);
  void execute(std::string_view line);
  void mail(std::string_view argument);
  void rcpt(std::string_view argument);
  void data();
  void end_content();
  void store_chunk(bool last);
  void unstuff(std::string_view content);
  std::string trace_fields() const;

  using Job = std::function<Status(MaildirDelivery&)>;
  void work(Job job, std::function<void(const Status&)> then);
  void worked(const Status& status, const std::function<void(const Status&)>& then);
  void answer(const SmtpReply& reply);
  void forget_message();

  const boost::asio::any_io_executor loop_;
  boost::asio::thread_pool& files_;
  Owner* owner_;  // null: nobody listens any more
  const std::string maildir_;
  const MailTrace trace_;

  CommandDecoder commands_;
  bool within_content_ = false;
  DataDecoder content_;
  bool line_start_ = true;            // of content: a dot here is stuffing
  std::optional<SmtpReply> failure_;  // of this message: what its end will be answered with

  bool has_sender_ = false;
  bool smtputf8_ = false;
  std::string sender_;
  std::vector<std::string> recipients_;
  std::size_t messages_ = 0;  // begun, with this one

  std::shared_ptr<MaildirDelivery> delivery_;  // from DATA on; jobs hold it too
  std::string chunk_;                          // unstuffed, not yet handed to a job
  bool working_ = false;                       // a job is under way: no bytes are taken
  bool refused_bytes_ = false;                 // meanwhile, so the owner waits to be told
};

}  // namespace gatepost

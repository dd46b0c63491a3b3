// The replies that the gate gives of its own: one place, so that their codes can be compared with
// RFC 5321 4.2.3 and RFC 5248.
#pragma once

#include "model/smtp_reply.h"

namespace gatepost::words {

inline const SmtpReply kBye{221, "2.0.0", "Bye"};
inline const SmtpReply kReadyForTls{220, "2.0.0", "Ready to start TLS"};
inline const SmtpReply kOk{250, "2.0.0", "Ok"};
inline const SmtpReply kSenderOk{250, "2.1.0", "Ok"};
inline const SmtpReply kCannotVerify{252, "2.5.2", "Cannot verify, send mail and see"};
inline const SmtpReply kHelp{214, "2.0.0", "See RFC 5321"};
inline const SmtpReply kStartMail{354, "", "End data with <CR><LF>.<CR><LF>"};

inline const SmtpReply kStopping{421, "4.3.2", "Going down, try again later"};
inline const SmtpReply kTimeout{421, "4.4.2", "Timeout, closing"};
inline const SmtpReply kNotSmtp{421, "4.3.2", "SMTP alone is spoken here, see the gate's log"};
inline const SmtpReply kTooManyErrors{421, "4.7.0", "Too many errors"};
inline const SmtpReply kTooManyIdle{421, "4.7.0", "Too many commands without mail"};
inline const SmtpReply kTooManySessions{421, "4.7.0", "Too many connections from your address"};
inline const SmtpReply kFull{421, "4.3.2", "Too many connections, try again later"};
inline const SmtpReply kNoBackend{421, "4.3.2", "Mail server unavailable, try again later"};
inline const SmtpReply kLoginLost{421, "4.3.0", "Mail server gone, log in again"};
inline const SmtpReply kNoLoginNow{454, "4.7.0", "Temporary authentication failure"};
inline const SmtpReply kBackendTrouble{451, "4.3.0",
                                       "Mail server temporarily unavailable, try again later"};
inline const SmtpReply kTooManyRecipients{452, "4.5.3", "Too many recipients"};

inline const SmtpReply kUnknown{500, "5.5.2", "Command not known"};
inline const SmtpReply kLineTooLong{500, "5.5.2", "Line too long"};
inline const SmtpReply kBareCr{550, "5.5.2", "bare <CR> received"};
inline const SmtpReply kBareLf{550, "5.5.2", "bare <LF> received"};
inline const SmtpReply kNul{550, "5.5.2", "<NUL> received"};
inline const SmtpReply kBadArgument{501, "5.5.4", "Syntax error in argument"};
inline const SmtpReply kBadSender{501, "5.1.7", "Bad sender address syntax"};
inline const SmtpReply kBadRecipient{501, "5.1.3", "Bad recipient address syntax"};
inline const SmtpReply kNotOffered{502, "5.5.1", "Command not offered"};
inline const SmtpReply kOutOfOrder{503, "5.5.1", "Bad sequence of commands"};
inline const SmtpReply kHelloFirst{503, "5.5.1", "Say HELO or EHLO first"};
inline const SmtpReply kNoMechanism{504, "5.5.4", "Mechanism not offered"};
inline const SmtpReply kBadResponse{501, "5.5.2", "Bad authentication response"};
inline const SmtpReply kLoginFirst{530, "5.7.0", "Authentication required"};
inline const SmtpReply kTlsFirst{530, "5.7.0", "Say STARTTLS first"};
inline const SmtpReply kNoRecipients{554, "5.5.1", "No valid recipients"};
inline const SmtpReply kForeign{521, "5.5.1", "This is a mail server"};
inline const SmtpReply kOutOfStep{554, "5.5.0", "SMTP protocol synchronization error"};
inline const SmtpReply kNoRelay{550, "5.7.1", "Relaying denied"};
inline const SmtpReply kTooBig{552, "5.3.4", "Message too big"};
inline const SmtpReply kNeedsUtf8{553, "5.6.7", "Address needs SMTPUTF8"};
inline const SmtpReply kBadParameter{555, "5.5.4", "Parameter not recognised"};

}  // namespace gatepost::words

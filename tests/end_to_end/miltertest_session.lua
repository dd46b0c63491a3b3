-- A mail server's session, as -D tells: socket, version, client, name, sender, recipients (by commas), login.
-- Prints each step and the letter of its reply; "-" where the filter wants none of it.

local function step(what, failed)
  if failed ~= nil then
    error(what .. ": " .. tostring(failed))
  end
  local reply = mt.getreply(conn)
  mt.echo(what .. " " .. (reply == 0 and "-" or string.char(reply)))
  return reply == SMFIR_CONTINUE or reply == 0
end

mt.set_timeout(20)
conn = mt.connect(socket, 20, 0.1)
if conn == nil then
  error("nobody listens at " .. socket)
end
step("negotiate", mt.negotiate(conn, tonumber(version), nil, nil))
mt.macro(conn, SMFIC_CONNECT, "j", "mx.example.org", "{client_addr}", client, "{client_name}", name)
if not step("connect", mt.conninfo(conn, name, client)) then
  return
end
mt.macro(conn, SMFIC_HELO, "{tls_version}", "")
step("helo", mt.helo(conn, "client.example.net"))
if login ~= "" then
  mt.macro(conn, SMFIC_MAIL, "i", "4XyZ", "{auth_type}", "PLAIN", "{auth_authen}", login)
else
  mt.macro(conn, SMFIC_MAIL, "i", "4XyZ")
end
step("mail", mt.mailfrom(conn, "<" .. sender .. ">", "SIZE=100"))
local accepted = 0
for recipient in string.gmatch(recipients, "[^,]+") do
  mt.macro(conn, SMFIC_RCPT, "{rcpt_mailer}", "local", "{rcpt_addr}", recipient)
  if step("rcpt " .. recipient, mt.rcptto(conn, "<" .. recipient .. ">")) then
    accepted = accepted + 1
  end
end
if accepted > 0 then
  if not mt.test_option(conn, SMFIP_NODATA) then
    step("data", mt.data(conn))
  end
  step("eom", mt.eom(conn))
end
mt.abort(conn)
mt.disconnect(conn)

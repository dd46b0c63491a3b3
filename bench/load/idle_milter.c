// A milter by libmilter that hears what gatepost's does, and lets everybody in: the least that one
// can cost. idle_milter SOCKET: "inet:PORT@127.0.0.1".
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <sysexits.h>

static sfsistat negotiated(SMFICTX* context, unsigned long offered_actions,
                           unsigned long offered_steps, unsigned long unused1,
                           unsigned long unused2, unsigned long* actions, unsigned long* steps,
                           unsigned long* more1, unsigned long* more2) {
  (void)context, (void)offered_actions, (void)unused1, (void)unused2;
  *actions = 0;
  *steps = offered_steps &
           (SMFIP_NOBODY | SMFIP_NOHDRS | SMFIP_NOEOH | SMFIP_RCPT_REJ | SMFIP_NR_HELO);
  *more1 = *more2 = 0;
  return SMFIS_CONTINUE;
}

static sfsistat connected(SMFICTX* context, char* name, _SOCK_ADDR* address) {
  (void)context, (void)name, (void)address;
  return SMFIS_CONTINUE;
}

static sfsistat greeted(SMFICTX* context, char* name) {
  (void)context, (void)name;
  return SMFIS_NOREPLY;
}

static sfsistat sender_or_recipient(SMFICTX* context, char** words) {
  (void)context, (void)words;
  return SMFIS_CONTINUE;
}

static sfsistat any(SMFICTX* context) {
  (void)context;
  return SMFIS_CONTINUE;
}

int main(int count, char** words) {
  struct smfiDesc filter = {.xxfi_name = "idle",
                            .xxfi_version = SMFI_VERSION,
                            .xxfi_connect = connected,
                            .xxfi_helo = greeted,
                            .xxfi_envfrom = sender_or_recipient,
                            .xxfi_envrcpt = sender_or_recipient,
                            .xxfi_data = any,
                            .xxfi_eom = any,
                            .xxfi_abort = any,
                            .xxfi_close = any,
                            .xxfi_negotiate = negotiated};
  if (count != 2) {
    fprintf(stderr, "usage: idle_milter SOCKET\n");
    return EX_USAGE;
  }
  if (smfi_setconn(words[1]) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS) {
    return EX_UNAVAILABLE;
  }
  return smfi_main();
}

"""The clients that a mail administrator would try a server with: swaks, smtp-source, smtp-sink."""
import servers as ground
from process import Child, free_port, run


class Tools:
    def __init__(self, folder, servers):
        self.folder = folder
        self._postfix = servers / "postfix/usr/sbin"
        self._environment = ground.environment(servers)

    def swaks(self, port, recipient, *arguments, source=None):
        """One message by swaks; .code 0 when it was taken."""
        source = ["--local-interface", source] if source else []
        return run(["swaks", "--server", f"127.0.0.1:{port}", "--helo", "client.example.net",
                    "--from", "a@example.net", "--to", recipient, *source, *arguments],
                   env=self._environment)

    def smtp_source(self, port, recipient, *arguments, host="127.0.0.1"):
        """Postfix's load generator: -m messages, -s sessions, -l bytes; ends at a refusal."""
        host = f"[{host}]" if ":" in host else host
        return run([self._postfix / "smtp-source", "-f", "a@example.net", "-t", recipient,
                    "-M", "client.example.net", *arguments, f"inet:{host}:{port}"],
                   env=self._environment, seconds=60)

    def smtp_sink(self, *arguments):
        """Postfix's listener that throws everything away, running at .port; the caller ends it."""
        port = free_port()
        command = [self._postfix / "smtp-sink", "-u", ground.SERVER_USER, *arguments,
                   f"inet:127.0.0.1:{port}", "100"]
        sink = Child(command, self.folder / "log.smtp-sink", self._environment, self.folder)
        sink.port = port
        sink.start()
        sink.wait_for_port(port)
        return sink

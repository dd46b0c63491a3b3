"""Does a newcomer get a gate without writing a file?"""
import signal

from gate import ENVIRONMENT, program
from process import Child, listens, wait_until
from talk import Talk, message, send_mail

PORT = 2525  # what the trial promises


def test_run_trial(folder):
    wait_until(f"port {PORT} is free; end the trial that runs there", lambda: not listens(PORT), 5)
    folder.chmod(0o755)
    child = Child([program(), "run", "--trial"], folder / "log.gate", ENVIRONMENT, folder)
    child.start()
    try:
        child.wait_for_port(PORT)
        visit = send_mail(PORT, "127.0.0.1", "u@example.org", text=message("a trial"), seconds=30)
        assert visit.arrived() and visit.waited > 1
        text, = [file.read_text() for file in (folder / "var/mail/new").iterdir()]
        assert "Subject: a trial" in text
        # One can play the bot from one's own address.
        with Talk(PORT, "127.0.0.2") as bot:
            bot.send("EHLO bot\r\n")
            bot.is_open(1)
        with Talk(PORT, "127.0.0.1", seconds=30) as bot:
            bot.hello()
            for _ in range(6):
                bot.say("NONSENSE")
            bot.mail()
            bot.rcpt("anybody@example.org", 450)
        child.signal(signal.SIGTERM)
        assert child.wait() == 0
        assert {path.name for path in folder.iterdir()} <= {"var", "log.gate"}
    finally:
        child.end()

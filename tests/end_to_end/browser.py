"""A real browser, Debian's Chromium without a window, which remembers everything that is wrong with a page."""
import base64
import json
import os
import re
import urllib.parse

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chromium.remote_connection import ChromiumRemoteConnection
from selenium.webdriver.common.action_chains import ActionChains

from process import Child, free_port, wait_until

DRIVER = "/usr/bin/chromedriver"
# The tests are root, for whom Chromium has no sandbox. It asks nobody for anything by itself.
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server",
         "--disable-background-networking", "--disable-component-update", "--no-first-run")
SECONDS = 15  # until a page shows what it should

# The first button, link or field that is shown and has this name.
NAMED = """
const [inside, name] = arguments;
const labels = (it) => [...it.labels ?? []].map((label) => label.textContent);
const names = (it) => [it.getAttribute("aria-label"), it.textContent, ...labels(it)];
const all = (box) => [...box.querySelectorAll("button, a, input, select, summary")];
return [...document.querySelectorAll(inside)].flatMap(all)
  .find((it) => it.checkVisibility() && names(it).some((one) => one?.trim() === name)) ?? null;
"""
# Another view of the page, or the same anew; what stood there is marked, so that it is not taken for the new.
SHOW = """
const [hash] = arguments;
document.querySelector("#content")?.setAttribute("data-old", "");
if (location.hash === hash) location.reload(); else location.hash = hash;
"""


class Browser:
    """One tab. host: HOST:PORT, the only one that may be asked for anything. nice: how far it stands back."""

    def __init__(self, folder, nice=0):
        self.host = None
        self._forgiven = []
        self._port = free_port()
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(folder)}
        command = ["nice", "-n", nice, DRIVER, f"--port={self._port}"]
        self._driver = Child(command, folder / "log.chromedriver", environment)
        self.tab = None

    def start(self):
        self._driver.start()
        self._driver.wait_for_port(self._port)
        options = webdriver.ChromeOptions()
        for flag in FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = ChromiumRemoteConnection(f"http://127.0.0.1:{self._port}", "goog", "chrome")
        self.tab = webdriver.Remote(driver, options=options)
        self.size(1280, 900)
        return self

    def stop(self):
        if self.tab:
            self.tab.quit()
        self._driver.end()

    # ---- what is seen

    def forget(self):
        """As one that was never here."""
        self.tab.get("about:blank")
        self.devtools("Network.clearBrowserCookies")

    def open(self, path):
        self.tab.get(f"http://{self.host}{path}")

    def show(self, view):
        """A view of the page by its hash, "#/now", once its data is there. Returns its text."""
        self.tab.execute_script(SHOW, view)
        return self.wait_for("", "#content:not([data-old]):not(:has(.skeleton))")

    def run(self, script, *arguments):
        return self.tab.execute_script(script, *arguments)

    def text(self, inside="main"):
        """What is to be read there, in one line; None where there is no such place."""
        text = self.run("return document.querySelector(arguments[0])?.innerText", inside)
        return text if text is None else " ".join(text.split())

    def wait_for(self, words, inside="main", seconds=SECONDS):
        """Waits until these words are to be read there. Returns all that is."""
        seen = None

        def is_there():
            nonlocal seen
            seen = self.text(inside)
            return seen is not None and words in seen
        try:
            wait_until("", is_there, seconds, 0.05)
        except AssertionError:
            raise AssertionError(f"not within {seconds} s in {inside}: {words!r}, but {seen!r};"
                                 f" all: {self.text('body')!r}") from None
        return seen

    # ---- what is done

    def click(self, name, inside="body"):
        """The mouse, on the first button, link or field of that name."""
        def clicked():
            found = self.run(NAMED, inside, name)
            try:
                if found:
                    found.click()
            except StaleElementReferenceException:  # the page has made itself anew meanwhile
                return False
            return bool(found)
        wait_until(f"there is {name!r} in {inside} to click at; all: {self.text('body')!r}", clicked, SECONDS, 0.05)

    def type(self, *keys):
        """The keyboard, wherever it is."""
        ActionChains(self.tab).send_keys(*keys).perform()

    def focused(self):
        """What the keyboard is at: its text, or its label."""
        return self.run("const it = document.activeElement;"
                        "return (it.getAttribute('aria-label') ?? it.labels?.[0]?.textContent ?? it.innerText).trim()")

    # ---- how it looks

    def devtools(self, command, **parameters):
        return self.tab.execute("executeCdpCommand", {"cmd": command, "params": parameters})["value"]

    def size(self, width, height):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                      mobile=False)

    def prefer(self, scheme):
        """light or dark, as the system would say."""
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                              {"name": "prefers-reduced-motion", "value": "reduce"}])

    def picture(self, file):
        """Of the whole page, however high it is."""
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    # ---- what is wrong

    def forgive(self, pattern):
        """What a test provokes itself is no fault, until faults() is asked the next time."""
        self._forgiven.append(re.compile(pattern))

    def faults(self):
        """Since it was last asked: errors and warnings of scripts, of the network and of the page's
        security policy, and what was asked of others than `host`."""
        wrong = [row["message"] for row in self.tab.get_log("browser") if row["level"] in ("SEVERE", "WARNING")]
        for row in self.tab.get_log("performance"):
            event = json.loads(row["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                url = event["params"]["request"]["url"]
                if not url.startswith("data:") and urllib.parse.urlsplit(url).netloc != self.host:
                    wrong.append(f"another host was asked: {url}")
        forgiven, self._forgiven = self._forgiven, []
        return [fault for fault in wrong if not any(each.search(fault) for each in forgiven)]

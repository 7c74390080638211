"""The command on Windows from outside: what a person types at a console, which wine gives a program that is started at a
terminal, and one story from sign-in to logout.

Words: WINE HALLPASS FOLDER. The folder is empty. Out: a line for each thing that was tried; ends with 1 at the first
that went wrong. Every wait has an end.
"""
import fcntl, json, os, pty, re, select, struct, subprocess, sys, termios, time, urllib.parse, urllib.request

wine, hallpass, folder = sys.argv[1:4]
LONGEST = 60  # seconds; wine needs two or three to start a program
INTERRUPT = b"\x03"


class Terminal:
    """A program at a terminal of its own."""

    all = []

    def __init__(self, words, **variables):
        Terminal.all.append(self)
        self.child, self.end = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.environ.update(variables)
            # Wide enough for an address in one line.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 2000, 0, 0))
            os.execv(wine, [wine, hallpass, *words])
        self.shown = ""

    def wait_for(self, pattern):
        """Reads until this is shown, escapes aside."""
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            found = re.search(pattern, self.shown)
            if found:
                return found
            if not self.read(0.2):
                break
        found = re.search(pattern, self.shown)
        if not found:
            raise SystemExit(f"not shown: {pattern!r}; shown was:\n{self.shown}")
        return found

    def read(self, wait):
        """Reads what is there; no when the program has ended."""
        if not select.select([self.end], [], [], wait)[0]:
            return True
        try:
            some = os.read(self.end, 65536)
        except OSError:
            return False
        # Wine draws the console by moving the cursor; a new place is a new line here.
        text = re.sub(r"\x1b\[\d*;?\d*[Hf]", "\n", some.decode(errors="replace"))
        self.shown += re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[=>]|\r", "", text)
        return bool(some)

    def type(self, text):
        # wine's console loses an Enter that comes before the program reads; no person is that fast.
        time.sleep(1)
        os.write(self.end, text)

    def ends_with(self, code):
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            self.read(0.2)
            ended, status = os.waitpid(self.child, os.WNOHANG)
            if ended:
                Terminal.all.remove(self)
                found = os.waitstatus_to_exitcode(status)
                if found != code:
                    raise SystemExit(f"ended with {found}, not {code}; shown was:\n{self.shown}")
                return
        raise SystemExit(f"did not end; shown was:\n{self.shown}")

    def kill(self):
        os.kill(self.child, 9)
        os.waitpid(self.child, 0)


def run(code, *words):
    """Runs a command without a console and returns what it printed, first on standard output."""
    ended = subprocess.run([wine, hallpass, *words], cwd=folder, env={**os.environ, **variables},
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST)
    if ended.returncode != code:
        raise SystemExit(f"{words} ended with {ended.returncode}, not {code}: {ended.stdout}{ended.stderr}")
    return ended.stdout, ended.stderr


def expect(is_so, what):
    if not is_so:
        raise SystemExit(what)


def tried(what):
    print(f"test on Windows: {what} ... ok", flush=True)
    tried.count += 1


tried.count = 0
server = subprocess.Popen(
    [wine, hallpass, "emulator", "--listen", "127.0.0.1:0", "--dir", "google", "--approve", "ada@example.com"],
    cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
try:
    ready = json.loads(server.stdout.readline())
    variables = ready["env"]
    client = ["--client-id-file", ready["client_secret_file"]]

    emulator = Terminal(["emulator", "--listen", "127.0.0.1:0"])
    emulator.wait_for("until Ctrl-C")
    emulator.type(INTERRUPT)
    emulator.ends_with(0)
    tried("Ctrl-C ends the emulator, which is no failure")

    waiting = Terminal(["login", *client, "--no-launch-browser"], **variables)
    waiting.wait_for(r"http://\S+/o/oauth2")
    waiting.type(INTERRUPT)
    waiting.ends_with(130)
    tried("Ctrl-C ends a sign-in with 130")

    pasted = Terminal(["login", *client, "--no-launch-browser"], **variables)
    # What is shown before comes in pieces, which can end in the middle of the address.
    pasted.wait_for("address here:")
    address = re.search(r"http://127\.0\.0\.1:\d+/o/oauth2/\S+", pasted.shown).group()

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    def where(address):
        """The address that a browser is sent to; the last one is never opened."""
        try:
            urllib.request.build_opener(Stay).open(address, timeout=LONGEST)
        except urllib.error.HTTPError as answer:
            return answer.headers["Location"]
        raise SystemExit(f"no redirect from {address}")

    while not re.search("[?&]code=", address):
        address = urllib.parse.urljoin(address, where(address))
    pasted.type(address.encode() + b"\r")
    pasted.ends_with(0)
    tried("the address of the last page, pasted at the prompt, ends a sign-in")

    program = Terminal(["exec", "--", "cmd", "/c", "echo begun& pause& exit 5"], **variables)
    program.wait_for("begun")
    program.type(b"\r")
    program.ends_with(5)
    tried("a program of `exec` has the console")

    token = run(0, "print-access-token")[0]
    expect(token.startswith("ya29."), token)
    expect(run(0, "print-access-token")[0] == token, "the second token is another one")
    expect("application_default_credentials.json" in run(0, "status")[0], "`status` names no file")
    expect('"broken"' not in run(0, "doctor", "--format", "json")[0], "`doctor` finds something")
    expect("gemini-2.5-flash" in run(0, "models", "list")[0], "there is no model")
    tried("token, status, doctor and models after the sign-in")

    run(7, "exec", "--", "cmd", "/c", "exit 7")
    models = "https://generativelanguage.googleapis.com/v1/models"
    expect("gemini-2.5-flash" in run(0, "curl", models, "-s")[0], "curl shows no model")
    run(22, "curl", models + "/none", "-s", "-f")
    tried("exec and curl end as their programs end")

    # Everybody may read this folder, and wine adds its list to all that are set in it.
    everybodys = os.path.join(folder, "everybodys")
    os.mkdir(everybodys)
    os.chmod(everybodys, 0o755)
    told = run(1, "export", "--out", "everybodys\\carried.json")[1]
    expect("keeps no access list" in told and os.listdir(everybodys) == [], f"{told}{os.listdir(everybodys)}")
    run(0, "export", "--out", "carried.json")
    tried("a secret is not written where it cannot be the user's alone")

    saved = os.path.join(folder, "google", "gcloud", "application_default_credentials.json")
    os.chmod(saved, 0o644)
    told = json.loads(run(1, "doctor", "--format", "json")[0])
    permissions = next(check for check in told["checks"] if check["code"] == "permissions")
    expect(permissions["verdict"] == "broken", permissions)
    run(0, "set-quota-project", "demo-project")
    expect(os.stat(saved).st_mode & 0o007 == 0, "others can still read it")
    tried("doctor finds a file that others can read; the next command that writes it ends that")

    run(0, "logout")
    expect(not os.path.exists(saved), "the sign-in is still there")
    # The variable of the emulator names a file that is gone.
    run(2, "print-access-token")
    tried("after logout there is no sign-in")
finally:
    for terminal in Terminal.all:
        terminal.kill()
    server.kill()
    server.wait()
print(f"\ntest result: ok. {tried.count} passed; 0 failed; 0 ignored")

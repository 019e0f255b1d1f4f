"""A consentd of a harness's own: started, published to, ended, and its journal read afterwards."""
import json, os, signal, socket, subprocess, time

CONFIGURATION = {"type_id": "sf-sales-cloud",
    "authentication": {"url": "http://127.0.0.1:9", "client_id": "c", "client_secret": "s"},
    "properties": {"sobject": ["Lead"]}, "mappings": [{"id": "Newsletter__c", "value": "p1", "type": "preference-id"}]}


class Client:
    """One connection; calls one after the other."""

    def __init__(self, path, seconds=30):
        deadline = time.monotonic() + seconds
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(seconds)
            try:
                self.socket.connect(path)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline: raise SystemExit("the daemon does not serve")
                time.sleep(0.01)
        self.file = self.socket.makefile()

    def call(self, method, params=None, id=1):
        """The answer; None when the connection ends first."""
        request = {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}
        try:
            self.socket.sendall(json.dumps(request).encode() + b"\n")
            line = self.file.readline()
        except OSError:
            return None
        return json.loads(line) if line else None

    def publish(self, id, person="p@example.com"):
        return self.call("publishConsent", {"event": event(id, person)}, id)

    def publish_all(self, ids, person):
        """The answers to one event each, sent at once and of somebody else each."""
        requests = [{"jsonrpc": "2.0", "id": id, "method": "publishConsent", "params": {"event": event(id, person(id))}}
            for id in ids]
        self.socket.sendall(b"".join(json.dumps(r).encode() + b"\n" for r in requests))
        return [json.loads(self.file.readline()) for _ in ids]

    def close(self):
        self.file.close(); self.socket.close()


def event(id, person="p@example.com", choice=True):
    return {"id": id, "organization_user_id": person, "preferences": {"p1": choice}}


def status(answer):
    """The name of a refusal; None for a result."""
    return None if answer is None or "result" in answer else answer["error"]["data"]["status"]


class Daemon:
    """A process in a group of its own, so that what runs it ends with it."""

    def __init__(self, bin_directory, sockets, state, prefix=(), arguments=(), environment=None, log=None):
        self.sockets = sockets
        self.process = subprocess.Popen([*prefix, bin_directory + "/consentd", "--state-directory", state,
            "--socket-directory", sockets, "--min-free-bytes", "0", "--log-level", "error",
            "--allow-insecure-endpoints", *arguments], start_new_session=True, env={**os.environ, **(environment or {})},
            stderr=open(log, "w") if log else None)

    def publisher(self): return Client(self.sockets + "/publish.sock")

    def admin(self): return Client(self.sockets + "/admin.sock")

    def configure(self, paused=False):
        client = self.admin()
        answer = client.call("createConfiguration", CONFIGURATION)
        if paused and answer and "result" in answer:
            answer = client.call("updateConfiguration", {"id": answer["result"]["id"],
                "revision": answer["result"]["revision"], "patch": {"paused": True}})
        client.close()
        if not answer or "result" not in answer: raise SystemExit(str(answer))

    def kill(self):
        try: os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError: pass
        self.process.wait()

    def terminate(self):
        self.process.terminate()
        return self.ended(30)

    def ended(self, seconds):
        """The exit status; None if it still runs after so long."""
        try: return self.process.wait(seconds)
        except subprocess.TimeoutExpired: return None


class Load:
    """Bursts of events on one connection, until that ends; remembers what was acknowledged."""

    def __init__(self, rng):
        self.rng = rng; self.sent = 0; self.acknowledged = set(); self.refused = 0

    def run(self, client, tick):
        """Calls `tick` between bursts, which is to end the daemon at some time."""
        s = client.socket; buffer = b""
        try:
            while True:
                tick()
                burst = b""
                for _ in range(self.rng.randint(1, 40)):
                    self.sent += 1
                    id = f"e{self.sent}"
                    params = {"event": event(id, f"p{self.rng.randrange(500)}@example.com", bool(self.sent & 1))}
                    burst += json.dumps({"jsonrpc": "2.0", "id": id, "method": "publishConsent",
                        "params": params}).encode() + b"\n"
                s.settimeout(20); s.sendall(burst); s.settimeout(0.02)
                try:
                    while True:
                        data = s.recv(1 << 16)
                        if not data: raise ConnectionError
                        *lines, buffer = (buffer + data).split(b"\n")
                        for line in lines: self.note(json.loads(line))
                except socket.timeout:
                    pass
        except OSError:
            pass

    def note(self, answer):
        if "result" in answer: self.acknowledged.add(answer["result"].get("event_id", answer["id"]))
        else: self.refused += 1


def verify(bin_directory, state):
    """The exit status of `consentctl journal verify`: 0 whole, 10 with an unfinished end, else damaged."""
    return subprocess.run([bin_directory + "/consentctl", "journal", "verify", state],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def recovered(bin_directory, state):
    """The ids of all acknowledged events in a stopped journal, and the exit status of reading them."""
    d = subprocess.run([bin_directory + "/consentctl", "journal", "dump", "--ids", state],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return d.stdout.split(), d.returncode

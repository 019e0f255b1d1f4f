#!/usr/bin/env python3
"""Kills consentd again and again while it is published to; every acknowledged event must be in the journal.

Usage: killloop.py BIN_DIRECTORY KILLS [SEED]; prints one line of JSON, exit status 1 if anything was lost.
With CONTROL=1 it takes the last acknowledged frames away afterwards: the loop must then report loss.
"""
import json, os, random, signal, socket, subprocess, sys, tempfile, time

def connect(path, deadline):
    while time.monotonic() < deadline:
        try:
            s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(path); return s
        except OSError:
            s.close(); time.sleep(0.01)
    raise SystemExit("the daemon does not serve")

def create(base):
    s = connect(base + "/admin.sock", time.monotonic() + 30)
    configuration = {"type_id": "sf-sales-cloud",
        "authentication": {"url": "http://127.0.0.1:9", "client_id": "c", "client_secret": "s"},
        "properties": {"sobject": ["Lead"]}, "mappings": [{"id": "Newsletter__c", "value": "p1", "type": "preference-id"}]}
    s.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "createConfiguration",
        "params": configuration}).encode() + b"\n")
    answer = json.loads(s.makefile().readline()); s.close()
    if "result" not in answer: raise SystemExit(str(answer))

def forget_last(journal):
    """Cuts the newest segment that holds frames behind what it carries, and the mark that would tell."""
    os.remove(journal + "/HWM")
    for name in sorted((n for n in os.listdir(journal) if n.endswith(".wal")), reverse=True):
        with open(journal + "/" + name, "r+b") as f:
            head = f.read(4096); begin = 4096 + int.from_bytes(head[80:88], "little")
            f.seek(begin); rest = f.read()
            f.truncate(begin)
            if any(rest): return
            os.remove(journal + "/" + name)

def main():
    bin_directory, kills = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    print("seed", seed, file=sys.stderr)
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as base:
        state = base + "/s"; acknowledged = set(); sent = 0; errors = 0
        env = dict(os.environ); env.update(json.loads(os.environ.get("DAEMON_ENV", "{}")))
        for life in range(kills):
            daemon = subprocess.Popen([bin_directory + "/consentd", "--state-directory", state, "--socket-directory", base,
                "--min-free-bytes", "0", "--log-level", "error",
                "--allow-insecure-endpoints"], env=env)
            if life == 0: create(base)
            s = connect(base + "/publish.sock", time.monotonic() + 30)
            wait = rng.uniform(0.0, 0.25); start = time.monotonic(); buffer = b""; killed = False
            try:
                while True:
                    if not killed and time.monotonic() - start > wait:
                        daemon.kill(); killed = True
                    burst = b""
                    for _ in range(rng.randint(1, 40)):
                        sent += 1
                        e = {"id": f"e{sent}", "organization_user_id": f"p{rng.randrange(500)}@example.com",
                             "preferences": {"p1": bool(sent & 1)}}
                        burst += json.dumps({"jsonrpc": "2.0", "id": f"e{sent}", "method": "publishConsent",
                            "params": {"event": e}}).encode() + b"\n"
                    s.sendall(burst)
                    s.settimeout(0.02)
                    try:
                        while True:
                            data = s.recv(1 << 16)
                            if not data: raise ConnectionError
                            buffer += data
                            *lines, buffer = buffer.split(b"\n")
                            for line in lines:
                                a = json.loads(line)
                                if "result" in a: acknowledged.add(a["result"].get("event_id", a["id"]))
                                else:
                                    errors += 1
                                    if errors == 1: print(a, file=sys.stderr)
                    except socket.timeout:
                        pass
                    s.settimeout(20)
            except (ConnectionError, BrokenPipeError, OSError):
                pass
            s.close(); daemon.kill(); daemon.wait()
        if os.environ.get("CONTROL"): forget_last(state + "/journal")
        v = subprocess.run([bin_directory + "/consentctl", "journal", "verify", state], stdout=subprocess.PIPE)
        d = subprocess.run([bin_directory + "/consentctl", "journal", "dump", "--ids", state], stdout=subprocess.PIPE, text=True)
        found = d.stdout.split(); lost = acknowledged - set(found)
        print(json.dumps({"kills": kills, "seed": seed, "sent": sent, "acknowledged": len(acknowledged), "recovered": len(found),
            "lost": len(lost), "repeated": len(found) - len(set(found)), "refused": errors, "verify": v.returncode, "dump": d.returncode}))
        sys.exit(0 if acknowledged and not lost and v.returncode in (0, 10) and d.returncode == 0 else 1)
if __name__ == "__main__": main()

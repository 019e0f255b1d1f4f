#!/usr/bin/env python3
"""Fills the disk under a consentd: events are refused, everything else goes on, and it ends by itself.

Usage: fulldisk.py BIN_DIRECTORY; one line of JSON, exit status 1 if any step is not as promised. Root, for a small tmpfs.
"""
import json, os, subprocess, sys, tempfile, time
sys.dont_write_bytecode = True; sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, recovered, status, verify

PADDING = "x" * 90  # A few hundred events are enough.

def free(path):
    s = os.statvfs(path)
    return s.f_bavail * s.f_frsize

def fill(path):
    """Takes every byte that is left."""
    try:
        with open(path, "ab", buffering=0) as f:
            while True: f.write(bytes(4096))
    except OSError:
        return

def wait(what, seconds, condition):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline: raise SystemExit("not in time: " + what)
        time.sleep(0.05)

def publish_until(client, acknowledged, wanted, seconds):
    """Publishes until an answer's status is the wanted one, None for a result."""
    deadline = time.monotonic() + seconds; count = 0
    while time.monotonic() < deadline:
        ids = [f"e{len(acknowledged)}-{count}-{n}-{PADDING}" for n in range(32 if wanted else 1)]
        answers = client.publish_all(ids, lambda id: id + "@example.com")
        acknowledged += [a["id"] for a in answers if "result" in a]
        if any(status(a) == wanted for a in answers): return
        others = [a for a in answers if status(a) not in (None, wanted, "RESOURCE_EXHAUSTED")]
        if others: raise SystemExit(str(others[0]))
        count += 1
        if not wanted: time.sleep(0.1)
    raise SystemExit(f"no {wanted or 'result'} in time")

def main():
    bin_directory = sys.argv[1]; acknowledged = []; steps = {}
    with tempfile.TemporaryDirectory() as base:
        disk = base + "/disk"; os.mkdir(disk)
        # Too small for a segment that is made ready, large enough for the reserve.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12M,mode=700", "tmpfs", disk], check=True)
        daemon = None
        try:
            state = disk + "/s"
            daemon = Daemon(bin_directory, base, state)
            daemon.configure()
            publisher = daemon.publisher(); admin = daemon.admin()
            publisher.publish("first", "erased@example.com"); acknowledged.append("first")
            wait("the reserve", 20, lambda: os.path.exists(state + "/journal/reserve"))
            with open(disk + "/filler", "wb") as f: f.write(bytes(max(0, free(disk) - (64 << 10))))
            publish_until(publisher, acknowledged, "RESOURCE_EXHAUSTED", 120)
            filled = len(acknowledged)
            steps["reads"] = "result" in publisher.call("deliveryStatus", {"event_id": "first"})
            steps["replays"] = bool(publisher.publish("first", "erased@example.com")["result"]["replayed"])
            steps["lists"] = "result" in admin.call("listDeliveries", {"page_size": 10})
            # Killed on a full disk, it starts there, and knows everything.
            publisher.close(); admin.close(); daemon.kill()
            fill(disk + "/filler")
            steps["nothing is free"] = free(disk) < 4096
            daemon = Daemon(bin_directory, base, state)
            publisher = daemon.publisher(); admin = daemon.admin()
            steps["reads after a start"] = "result" in publisher.call("deliveryStatus", {"event_id": acknowledged[-1]})
            erased = admin.call("eraseSubject", {"organization_user_id": "erased@example.com"})
            steps["erases"] = "result" in erased
            steps["forgets"] = status(publisher.call("deliveryStatus", {"event_id": "first"})) == "NOT_FOUND"
            os.remove(disk + "/filler")
            publish_until(publisher, acknowledged, None, 120)
            steps["recovers by itself"] = len(acknowledged) > filled
            publisher.close(); admin.close()
            steps["exit"] = daemon.terminate() == 0
            steps["verify"] = verify(bin_directory, state) == 0
            found, dump = recovered(bin_directory, state)
            steps["lost"] = len(set(acknowledged) - {"first"} - set(found))
            steps["dump"] = dump == 0
        finally:
            if daemon: daemon.kill()
            subprocess.run(["umount", disk], check=True)
    steps["acknowledged"] = len(acknowledged)
    print(json.dumps(steps))
    numbers = {"lost", "acknowledged"}
    good = all(v is True for k, v in steps.items() if k not in numbers) and steps["lost"] == 0
    sys.exit(0 if good else 1)

if __name__ == "__main__": main()

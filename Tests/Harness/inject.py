#!/usr/bin/env python3
"""Fails or delays system calls of a consentd and checks what it does about it.

Usage: inject.py BIN_DIRECTORY [ROW …]; one line of JSON per row, exit status 1 if any row is not as promised.
With CONTROL=1 nothing is injected: every row must then be reported as not as promised. Needs strace.
"""
import json, os, re, subprocess, sys, tempfile, threading, time
sys.dont_write_bytecode = True; sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, recovered, status, verify

TRACED = "trace=fdatasync,fsync,pwrite64,ftruncate,openat,rename,unlink"

class Row:
    """One call that fails; `when` counts from the moment of attaching, or from the second start where it is at the start."""

    def __init__(self, call, fault, when, expected, start=False, path=None, erases=False):
        self.call, self.fault, self.when, self.expected, self.start, self.path = call, fault, when, expected, start, path
        self.erases = erases
        self.name = f"{call}:{fault}:{when}" + (":start" if start else ":snapshot" if erases else "")

    def strace(self, trace, state, pid=None):
        inject = [] if os.environ.get("CONTROL") else ["-e", f"inject={self.call}:{self.fault}:when={self.when}"]
        # Only calls that concern these files are traced, and fail: while it runs, not those that make files ready.
        names = [self.path] if self.path else [] if self.start else ["seg-0000000000000002.wal", "HWM"]
        path = [word for name in names for word in ("-P", f"{state}/journal/{name}")]
        return ["strace", "-f", "-y", "-o", trace, "-e", TRACED, *inject, *path, *(["-p", str(pid)] if pid else [])]

# What must come of it: the process ends and says so; events are refused for want of room and it goes on; nothing is
# noticed; or it is slow, and only for those who wait for the disk.
ENDS, SHEDS, NOTHING, SLOW = "ends", "sheds", "nothing", "slow"

ROWS = [
    Row("fdatasync", "error=EIO", "5", ENDS), Row("fdatasync", "error=ENOSPC", "5", ENDS),
    Row("fdatasync", "error=EDQUOT", "5", ENDS), Row("fdatasync", "error=EINTR", "5+", ENDS),
    Row("fdatasync", "error=EIO", "1+", ENDS),
    # An erasure makes a snapshot at once, on a thread of its own.
    Row("fdatasync", "error=EIO", "1", ENDS, path="snap-0000000000000003.snap.tmp", erases=True),
    Row("fdatasync", "error=ENOSPC", "1", ENDS, path="snap-0000000000000003.snap.tmp", erases=True),
    Row("pwrite64", "error=ENOSPC", "9", SHEDS), Row("pwrite64", "error=EDQUOT", "9", SHEDS),
    Row("pwrite64", "error=EFBIG", "9", SHEDS),
    Row("pwrite64", "error=EIO", "9", ENDS), Row("pwrite64", "error=EROFS", "9", ENDS),
    Row("pwrite64", "error=EINTR", "9", NOTHING),
    Row("fdatasync", "delay_exit=2000000", "5", SLOW),
    Row("rename", "error=EIO", "1+", ENDS, start=True), Row("fsync", "error=EIO", "1+", ENDS, start=True),
    Row("fdatasync", "error=EIO", "1+", ENDS, start=True), Row("unlink", "error=EROFS", "1+", ENDS, start=True),
    Row("openat", "error=EMFILE", "1+", ENDS, start=True, path="MANIFEST"),
    Row("openat", "error=EROFS", "1+", ENDS, start=True, path="HWM"),
    Row("openat", "error=EIO", "1+", ENDS, start=True, path="seg-0000000000000001.wal"),
]

def run(bin_directory, row):
    with tempfile.TemporaryDirectory() as base:
        state, trace = base + "/s", base + "/trace"
        # Nothing is delivered, so that no other record comes between the calls that are counted.
        first = Daemon(bin_directory, base, state); first.configure(paused=True)
        client = first.publisher(); client.publish("e0"); client.close(); first.terminate()
        result = at_start(bin_directory, row, base, state, trace) if row.start else while_running(
            bin_directory, row, base, state, trace)
        found, dump = recovered(bin_directory, state)
        result["lost"] = len(set(result.pop("ids")) - set(found))
        result["verify"] = verify(bin_directory, state)
        good = result["lost"] == 0 and dump == 0 and result["verify"] in (0, 10) and result["injected"]
        result["good"] = bool(good and promised(row, result))
        print(json.dumps({"row": row.name, **result}), flush=True)
        return result["good"]

def promised(row, r):
    if row.start: return r["exit"] == 74
    if row.expected == ENDS: return (r["exit"] == 74 and r["written_after"] == 0 and set(r["statuses"]) <= {"UNAVAILABLE"}
        and r["told"])
    if row.expected == SHEDS: return r["exit"] is None and "RESOURCE_EXHAUSTED" in r["statuses"] and r["acknowledged"] > 30
    if row.expected == NOTHING: return r["exit"] is None and r["acknowledged"] == 40 and not r["statuses"]
    return r["exit"] is None and r["acknowledged"] == 40 and r["slowest_publish"] >= 1.9 and r["slowest_check"] < 1

def at_start(bin_directory, row, base, state, trace):
    """The second start under strace; it must end instead of serving."""
    daemon = Daemon(bin_directory, base, state, prefix=row.strace(trace, state))
    code = daemon.ended(20)
    daemon.kill()
    return {"exit": code, "ids": ["e0"], "injected": "(INJECTED)" in open(trace).read()}

def while_running(bin_directory, row, base, state, trace):
    log = base + "/log"
    daemon = Daemon(bin_directory, base, state, log=log)
    client = daemon.publisher()
    # Attached only now, so that the start is not the one that fails.
    tracer = subprocess.Popen(row.strace(trace, state, daemon.process.pid), stderr=subprocess.PIPE, text=True)
    tracer.stderr.readline()
    checks = Checks(daemon.publisher()) if row.expected == SLOW else None
    acknowledged, statuses, slowest = ["e0"], [], 0
    if row.erases: daemon.admin().call("eraseSubject", {"organization_user_id": "nobody@example.com"})
    for n in range(1, 40):
        begin = time.monotonic()
        answer = client.publish(f"e{n}")
        slowest = max(slowest, time.monotonic() - begin)
        if answer is None: break
        if "result" in answer: acknowledged.append(f"e{n}")
        else: statuses.append(status(answer))
    slowest_check = checks.end() if checks else 0
    # One that goes on is given no time: its next publishes were answered already.
    code = daemon.ended(10 if row.expected == ENDS else 0.1)
    if code is None: tracer.terminate()
    tracer.wait()
    if code is None: daemon.terminate()
    lines = open(trace).read().splitlines()
    injected = [i for i, line in enumerate(lines) if "(INJECTED)" in line or "(DELAYED)" in line]
    after = [line for line in lines[injected[0] + 1:] if re.search(r"(fdatasync|pwrite64)\(.*(seg-|HWM)", line)
             ] if injected else []
    return {"exit": code, "ids": acknowledged, "acknowledged": len(acknowledged), "statuses": sorted(set(statuses)),
        "slowest_publish": round(slowest, 2), "slowest_check": round(slowest_check, 2), "injected": bool(injected),
        "written_after": len(after), "told": "the journal could not be written" in open(log).read()}

class Checks:
    """Asks for its health again and again beside the publishes."""

    def __init__(self, client):
        self.client, self.slowest, self.isEnded = client, 0, False
        self.thread = threading.Thread(target=self.run); self.thread.start()

    def run(self):
        while not self.isEnded:
            begin = time.monotonic()
            if "result" not in (self.client.call("health.check") or {}): self.slowest = 999
            self.slowest = max(self.slowest, time.monotonic() - begin)
            time.sleep(0.01)

    def end(self):
        self.isEnded = True
        self.thread.join()
        return self.slowest

def main():
    wanted = sys.argv[2:]
    results = [run(sys.argv[1], row) for row in ROWS if not wanted or row.name in wanted]
    sys.exit(0 if results and all(results) else 1)

if __name__ == "__main__": main()

#!/usr/bin/env python3
"""Fails one system call of a running consentd and checks what it does about it.

Usage: inject.py BIN_DIRECTORY; one line of JSON per row, exit status 1 if any row is not as promised.
"""
import json, os, re, socket, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from killloop import connect, create

def publish(s, f, n):
    e = {"id": f"e{n}", "organization_user_id": "p@example.com", "preferences": {"p1": True}}
    s.sendall(json.dumps({"jsonrpc": "2.0", "id": n, "method": "publishConsent", "params": {"event": e}}).encode() + b"\n")
    line = f.readline()
    return json.loads(line) if line else None

def row(bin_directory, call, errno, when, forever):
    with tempfile.TemporaryDirectory() as base:
        state = base + "/s"
        command = [bin_directory + "/consentd", "--state-directory", state, "--socket-directory", base,
                   "--min-free-bytes", "0", "--log-level", "error", "--allow-insecure-endpoints"]
        first = subprocess.Popen(command); create(base)
        s = connect(base + "/publish.sock", time.monotonic() + 20)
        publish(s, s.makefile(), 0); s.close(); first.terminate(); first.wait()
        daemon = subprocess.Popen(command)
        s = connect(base + "/publish.sock", time.monotonic() + 20); s.settimeout(30); f = s.makefile()
        trace = base + "/trace"
        # Attached only now, so that the start is not the one that fails.
        tracer = subprocess.Popen(["strace", "-f", "-y", "-o", trace, "-e", "trace=fdatasync,pwrite64,ftruncate",
            "-e", f"inject={call}:error={errno}:when={when}{'+' if forever else ''}", "-p", str(daemon.pid)],
            stderr=subprocess.PIPE, text=True)
        tracer.stderr.readline()
        acknowledged, statuses = [], []
        for n in range(1, 40):
            try: a = publish(s, f, n)
            except OSError: break
            if a is None: break
            if "result" in a: acknowledged.append(f"e{n}")
            else: statuses.append(a["error"]["data"]["status"])
        code = None
        try: code = daemon.wait(3)
        except subprocess.TimeoutExpired: pass
        lines = open(trace).read().splitlines()
        injected = [i for i, l in enumerate(lines) if "(INJECTED)" in l]
        after = [l for l in lines[injected[0] + 1:] if re.search(r"(fdatasync|pwrite64)\(.*(seg-|HWM)", l)] if injected else None
        if code is None: tracer.terminate(); tracer.wait(); daemon.terminate(); daemon.wait()
        else: tracer.wait()
        d = subprocess.run([bin_directory + "/consentctl", "journal", "dump", "--ids", state], stdout=subprocess.PIPE, text=True)
        lost = set(acknowledged) - set(d.stdout.split())
        result = {"row": f"{call}:{errno}:{when}{'+' if forever else ''}", "exit": code, "acknowledged": len(acknowledged),
            "statuses": sorted(set(statuses)), "lost": len(lost), "writes_after": None if after is None else len(after)}
        if call == "fdatasync": good = code == 74 and not after and not lost
        else: good = code is None and not lost and "RESOURCE_EXHAUSTED" in statuses
        result["good"] = bool(good and injected)
        print(json.dumps(result)); return result["good"]

rows = [("fdatasync", "EIO", 5, False), ("fdatasync", "ENOSPC", 5, False), ("fdatasync", "EINTR", 5, True), ("fdatasync", "EIO", 1, True),
        ("pwrite64", "ENOSPC", 9, False), ("pwrite64", "EDQUOT", 9, False), ("pwrite64", "EFBIG", 9, False)]
results = [row(sys.argv[1], *r) for r in rows]
sys.exit(0 if all(results) else 1)

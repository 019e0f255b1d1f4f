#!/usr/bin/env python3
"""Kills consentd again and again while it is published to; every acknowledged event must be in the journal.

Usage: killloop.py BIN_DIRECTORY KILLS [SEED]; prints one line of JSON, exit status 1 if anything was lost.
With CONTROL=1 it takes the last acknowledged frames away afterwards: the loop must then report loss.
"""
import json, os, random, sys, tempfile, time
sys.dont_write_bytecode = True; sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, Load, recovered, verify

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
    load = Load(random.Random(seed)); control = bool(os.environ.get("CONTROL"))
    with tempfile.TemporaryDirectory() as base:
        state = base + "/s"
        for life in range(kills):
            daemon = Daemon(bin_directory, base, state)
            if life == 0: daemon.configure()
            client = daemon.publisher()
            end = time.monotonic() + load.rng.uniform(0.0, 0.25); before = len(load.acknowledged)
            def tick():
                # What is taken away afterwards must hold something that was acknowledged.
                if control and len(load.acknowledged) == before: return
                if time.monotonic() > end: daemon.process.kill()
            load.run(client, tick)
            client.close(); daemon.kill()
        if control: forget_last(state + "/journal")
        code = verify(bin_directory, state)
        found, dump = recovered(bin_directory, state)
        lost = load.acknowledged - set(found)
        print(json.dumps({"kills": kills, "seed": seed, "sent": load.sent, "acknowledged": len(load.acknowledged),
            "recovered": len(found), "lost": len(lost), "repeated": len(found) - len(set(found)),
            "refused": load.refused, "verify": code, "dump": dump}))
        sys.exit(0 if load.acknowledged and not lost and code in (0, 10) and dump == 0 else 1)

if __name__ == "__main__": main()

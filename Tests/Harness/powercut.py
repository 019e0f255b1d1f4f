#!/usr/bin/env python3
"""Cuts the power of the file system under a consentd that is published to; every acknowledged event must be there after.

Usage: powercut.py BIN_DIRECTORY CUTS [SEED]; prints one line of JSON, exit status 1 if anything was lost.
With LYING=1 the disk lies: syncs return at once and do nothing. The loop must then report loss.

Root, a loop device and ext4. FS_IOC_SHUTDOWN without a flush of the log: from that moment nothing reaches the image any
more, the daemon's syncs fail, and after mounting it again only what was synced is there.
"""
import fcntl, json, os, random, struct, subprocess, sys, tempfile, time
sys.dont_write_bytecode = True; sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, Load, recovered, verify

SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
NO_SYNCS = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync,fsync",
    "-e", "inject=fdatasync,fsync:retval=0"]

class Disk:
    """An image with a file system that can lose its power."""

    def __init__(self, base):
        self.image, self.path = base + "/image", base + "/disk"
        os.mkdir(self.path)
        with open(self.image, "wb") as f: f.truncate(192 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)
        self.mount(); os.chmod(self.path, 0o700)

    def mount(self): subprocess.run(["mount", "-o", "loop", self.image, self.path], check=True)

    def unmount(self): subprocess.run(["umount", self.path], check=True)

    def cut(self):
        directory = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try: fcntl.ioctl(directory, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally: os.close(directory)

def main():
    bin_directory, cuts = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    lying = bool(os.environ.get("LYING"))
    print("seed", seed, file=sys.stderr)
    load = Load(random.Random(seed)); codes = {}; lost = set(); found = []; verified = {}
    with tempfile.TemporaryDirectory() as base:
        disk = Disk(base)
        try:
            for life in range(cuts):
                state = disk.path + "/s"
                daemon = Daemon(bin_directory, base, state, prefix=NO_SYNCS if lying else ())
                try:
                    if life == 0: daemon.configure()
                    client = daemon.publisher()
                    end = time.monotonic() + load.rng.uniform(0.0, 0.3); off = []
                    def tick():
                        if time.monotonic() > end and not off: disk.cut(); off.append(True)
                        # A daemon that notices nothing, since nothing is synced, has to be told.
                        if lying and time.monotonic() > end + 2: daemon.kill()
                    load.run(client, tick); client.close()
                    code = daemon.ended(10); codes[str(code)] = codes.get(str(code), 0) + 1
                finally:
                    daemon.kill()
                disk.unmount(); disk.mount()
                code = verify(bin_directory, state); verified[str(code)] = verified.get(str(code), 0) + 1
                found, dump = recovered(bin_directory, state)
                lost |= load.acknowledged - set(found)
                if lost or dump != 0: break
        finally:
            disk.unmount()
        print(json.dumps({"cuts": life + 1, "seed": seed, "lying": lying, "sent": load.sent,
            "acknowledged": len(load.acknowledged), "recovered": len(found), "lost": len(lost),
            "exits": codes, "verify": verified, "dump": dump}))
        good = load.acknowledged and not lost and dump == 0 and set(verified) <= {"0", "10"} and set(codes) <= {"74"}
        sys.exit(0 if good else 1)

if __name__ == "__main__": main()

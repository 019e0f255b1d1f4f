"""Opens many connections as the user that runs it, and keeps those that are served.

Usage: crowd.py SOCKET COUNT. Each connection asks at once, so that a refusal meets a peer that has spoken already.
Prints one line: how many are served, and the lines that the others read before the end of their stream. Then it waits
to be killed.
"""

import json
import signal
import socket
import sys

PATH, COUNT = sys.argv[1], int(sys.argv[2])
REQUEST = b'{"jsonrpc":"2.0","id":"crowd","method":"health.check"}'

served, refused = [], []
for _ in range(COUNT):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(30)
    connection.connect(PATH)
    connection.sendall(REQUEST)
    stream = connection.makefile("rb")
    answer = json.loads(stream.readline())
    if "result" in answer:
        served.append((connection, stream))
    else:
        refused.append({"answer": answer, "rest": stream.read().decode()})
        connection.close()

print(json.dumps({"served": len(served), "refused": refused}), flush=True)
signal.pause()

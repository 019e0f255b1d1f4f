"""Talks to consentd as clients of other languages do, with nothing but Python's standard library.

Usage: json_rpc_client.py SOCKET. Prints one line for each habit that works; any other answer ends it with a failure.
"""

import json
import socket
import sys

PATH = sys.argv[1]


def connect():
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(30)
    connection.connect(PATH)
    return connection


def request(number, method="health.check", **params):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def read_all(connection):
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return [json.loads(line) for line in b"".join(parts).splitlines()]


def read_lines(connection, count):
    with connection.makefile("rb") as stream:
        return [json.loads(stream.readline()) for _ in range(count)]


def serving(answer, number):
    assert answer == {"jsonrpc": "2.0", "id": number, "result": {"status": "SERVING"}}, answer


def pretty_printed_without_newline():
    with connect() as connection:
        for number in range(3):
            connection.sendall(json.dumps(request(number), indent=4).encode())
            serving(read_lines(connection, 1)[0], number)


def pipeline_from_zero():
    with connect() as connection:
        connection.sendall("".join(json.dumps(request(number)) for number in range(200)).encode())
        answers = read_lines(connection, 200)
        for number, answer in enumerate(sorted(answers, key=lambda answer: answer["id"])):
            serving(answer, number)


def three_requests_in_one_write():
    with connect() as connection:
        for start in range(0, 30, 3):
            connection.sendall("\n".join(json.dumps(request(start + step)) for step in range(3)).encode())
            assert sorted(answer["id"] for answer in read_lines(connection, 3)) == list(range(start, start + 3))


def one_byte_in_each_write():
    with connect() as connection:
        for byte in json.dumps(request(0), indent=1).encode():
            connection.sendall(bytes([byte]))
        serving(read_lines(connection, 1)[0], 0)


def batch_with_a_notification():
    notification = {"jsonrpc": "2.0", "method": "health.check"}
    with connect() as connection:
        connection.sendall(json.dumps([request(0), notification, request("b"), request(None)]).encode())
        batch = read_lines(connection, 1)[0]
        assert len(batch) == 3
        for answer, number in zip(batch, [0, "b", None]):
            serving(answer, number)


def half_close():
    with connect() as connection:
        connection.sendall("".join(json.dumps(request(number)) for number in range(50)).encode())
        connection.shutdown(socket.SHUT_WR)
        assert sorted(answer["id"] for answer in read_all(connection)) == list(range(50))


def ids_as_they_were_written():
    with connect() as connection:
        for spelling in [b"1.0", b"-0", b"1e2", b"9007199254740993", b'"\\u00e9"']:
            connection.sendall(b'{"jsonrpc":"2.0","id":' + spelling + b',"method":"health.check"}')
            with connection.makefile("rb") as stream:
                assert b'"id":' + spelling + b"," in stream.readline()


def unknown_method_and_wrong_parameters():
    with connect() as connection:
        connection.sendall(json.dumps([request(0, "no.such"), request(1, service=7), request(2, servise="")]).encode())
        codes = [answer["error"]["code"] for answer in read_lines(connection, 1)[0]]
        assert codes == [-32601, -32602, -32602], codes


for habit in [
    pretty_printed_without_newline,
    pipeline_from_zero,
    three_requests_in_one_write,
    one_byte_in_each_write,
    batch_with_a_notification,
    half_close,
    ids_as_they_were_written,
    unknown_method_and_wrong_parameters,
]:
    habit()
    print("works:", habit.__name__)

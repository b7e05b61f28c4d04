"""A server for the tests beside it: prints its port, and ends when its stdin does."""

import gzip
import http.server
import itertools
import os
import sys
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *rest):
        pass

    def setup(self):
        super().setup()
        self.number = next(numbers)
        connections.add(self.number)

    def finish(self):
        connections.discard(self.number)
        super().finish()

    def do_GET(self):
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = "on_" + path.strip("/").replace("/", "_")
        try:
            getattr(self, name, self.echo)(query, body)
        except OSError:
            self.close_connection = True

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def head(self, status, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def answer(self, body, *headers):
        self.head(200, ("Content-Length", len(body)), *headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def piece(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def echo(self, query, body):
        seen = "".join("%s: %s\n" % pair for pair in sorted(self.headers.items())).encode()
        self.answer(b"%s %s\n" % (self.command.encode(), self.path.encode()) + seen + b"\n" + body)

    def on_redirect(self, query, body):
        self.head(302, ("Location", query), ("Content-Length", "0"))

    def on_told(self, query, body):
        self.head(401, ("X-Told", self.headers["Authorization"]), ("Content-Length", "0"))

    def on_told_by_bytes(self, query, body):
        self.head(401, ("Transfer-Encoding", "chunked"))
        for byte in self.headers["Authorization"].encode() + b".":
            self.piece(bytes([byte]))
        self.wfile.write(b"0\r\n\r\n")

    def on_told_in_redirect(self, query, body):
        self.head(302, ("Location", "/?" + self.headers["Authorization"].replace(" ", "_")), ("Content-Length", "0"))

    def on_redirect_temporarily(self, query, body):
        self.head(307, ("Location", query), ("Content-Length", "0"))

    def on_redirect_with_endless_page(self, query, body):
        self.head(302, ("Location", query), ("Transfer-Encoding", "chunked"))
        while True:
            self.piece(b"x" * 65536)

    def on_stall(self, query, body):
        self.head(200, ("Content-Length", "5"))
        time.sleep(60)

    def on_silence(self, query, body):
        time.sleep(60)

    def on_long(self, query, body):
        self.head(200, ("Content-Length", query))
        for start in range(0, int(query), 65536):
            self.wfile.write(b"x" * min(65536, int(query) - start))

    def on_endless(self, query, body):
        self.head(200, ("Transfer-Encoding", "chunked"))
        while True:
            self.piece(b"x" * 65536)

    def on_cut(self, query, body):
        self.head(200, ("Content-Length", "10"))
        self.wfile.write(b"half")
        self.close_connection = True

    def on_gzip(self, query, body):
        self.answer(gzip.compress(query.encode()), ("Content-Encoding", "gzip"), ("X-Kept", "1"))

    def on_bomb(self, query, body):
        self.answer(gzip.compress(b"\0" * int(query)), ("Content-Encoding", "gzip"))

    def on_events(self, query, body):
        """`query` events; each is sent once the one before was answered by a request to /next."""
        self.head(200, ("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"))
        for number in range(int(query)):
            turn.acquire()
            self.piece(b"data: %d\n\n" % number)
        self.wfile.write(b"0\r\n\r\n")

    def on_connection(self, query, body):
        """Which one this is; with `query`, its last answer."""
        self.close_connection = bool(query)
        self.answer(b"%d" % self.number)

    def on_connections(self, query, body):
        self.answer(b"%d" % len(connections))

    def on_drop(self, query, body):
        """Read, and not answered."""
        drops.append(query)
        self.close_connection = True

    def on_drops(self, query, body):
        self.answer(b"%d" % drops.count(query))

    def on_fast_events(self, query, body):
        self.head(200, ("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"))
        for number in range(int(query)):
            self.piece(b"data: %d\n\n" % number)
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def on_next(self, query, body):
        turn.release()
        self.answer(b"")

    def on_headers(self, query, body):
        self.head(200, *[("X-Many", "y" * 1000) for _ in range(int(query))], ("Content-Length", "0"))


turn = threading.Semaphore(1)
numbers, connections, drops = itertools.count(), set(), []
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.server_address[1], flush=True)
server.serve_forever()

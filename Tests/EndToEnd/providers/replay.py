"""A server of models that answers as it is told: whole, in pieces, cut off, late, or not as a server should."""

import contextlib
import gzip
import http.server
import json
import ssl
import threading


class Reply:
    """One answer, in pieces. `headers` beside the content type; `ends` says how the body does: as HTTP has it, by closing the
    connection in the middle, or never."""

    def __init__(self, *pieces, status=200, type="text/event-stream", headers=(), ends="whole", packed=False, between=None):
        self.pieces = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
        self.status, self.type, self.headers, self.ends, self.packed = status, type, headers, ends, packed
        # Called before every piece but the first; with it a test holds an answer back.
        self.between = between or (lambda: None)

    def send(self, handler):
        pieces = [gzip.compress(b"".join(self.pieces))] if self.packed else self.pieces
        handler.send_response(self.status)
        if self.type:
            handler.send_header("Content-Type", self.type)
        if self.packed:
            handler.send_header("Content-Encoding", "gzip")
        for name, value in self.headers:
            handler.send_header(name, value)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for number, piece in enumerate(pieces):
            if number:
                self.between()
            if piece:
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                handler.wfile.flush()
        if self.ends == "whole":
            handler.wfile.write(b"0\r\n\r\n")
        elif self.ends == "never":
            handler.server.over.wait(60)
        if self.ends != "whole":
            handler.close_connection = True


def error(status, body, *headers, type="application/json"):
    return Reply(json.dumps(body) if not isinstance(body, str) else body, status=status, type=type, headers=headers)


def endless(piece):
    """Says the same for ever."""

    class Endless(Reply):
        def send(self, handler):
            handler.send_response(200)
            handler.send_header("Content-Type", self.type)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            while not handler.server.over.is_set():
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    return Endless()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *rest):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked = json.loads(body) if body else None
        self.server.seen.append((self.path, dict(self.headers.items()), self.asked))
        replies = self.server.replies
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        # Whoever asked may have gone.
        with contextlib.suppress(OSError):
            reply.send(self)

    do_GET = do_POST


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A peer that trusts nobody here, or that left."""


@contextlib.contextmanager
def serving(*replies, certificate=None):
    """A server that gives these replies one after the other, and the last for ever. `seen` has what it was asked.

    certificate: the file with chain and key for TLS.
    """
    with Server(("127.0.0.1", 0), Handler) as server:
        server.replies, server.seen, server.over = list(replies), [], threading.Event()
        server.port = server.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()

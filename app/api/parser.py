"""HTTP/1.1 as uvicorn reads it with httptools, with a bound on what a request may send before its body."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 32_768
"""Of a request line with its headers, or of trailers; what a parser would otherwise keep without end."""

PIECE_BYTES = 8_192
"""That are counted at once."""


class BoundedHttp(HttpToolsProtocol):
    """Answers 400 and closes when a head, or anything between two pieces of a body, grows beyond the bound."""

    _unread = 0
    """Bytes since the parser last gave something away."""

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE_BYTES):  # what one read brings may hold a whole request and more
            if self.parser is None or self.transport.is_closing():
                return
            piece = data[start : start + PIECE_BYTES]
            self._unread += len(piece)
            super().data_received(piece)
            if self._unread > MOST_HEAD_BYTES and self.parser is not None and not self.transport.is_closing():
                self.send_400_response("The head of the request is too large.")

    def on_headers_complete(self) -> None:
        self._unread = 0
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MOST_HEAD_BYTES:
            raise ValueError("the head of the request is too large")  # the parser's callers answer 400
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unread = 0
        super().on_message_complete()

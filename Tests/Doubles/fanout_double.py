#!/usr/bin/env python3
"""A double of outbox-fanout for tests of the browser's side: speaks its protocol, and does what a test tells it.

    fanout_double.py PORT FOLDER        serves the files of FOLDER, /ws, /sse, /api/realtime/cursor, and the orders of a test:

    POST /double/publish?count=3&channel=public&type=T    events, numbered from 1 over the double's life
    POST /double/cut?code=1012                            ends every stream; code 0: without a closing handshake
    POST /double/tell                                     tells every stream the cursor, as the server does in quiet times
    POST /double/set?name=value                           ws=on|off|mute, sse=on|off|401, ring=N (events kept), expires=SECONDS,
                                                          reconnect=MS (sent before a cut), token=TEXT (the only one accepted),
                                                          flow=N (events a second, without being asked)
    GET  /double/status                                   {"websocket": n, "sse": n, "served": n, "tokens": [..], "subscribed": [..]}
    GET  /double/blank                                    an empty page of this origin

Cursors are `1.double.0.0-N` with N in base 36: the number of the next event. Standard library only.
"""
import asyncio
import base64
import hashlib
import json
import pathlib
import sys
import time
from urllib.parse import parse_qs, unquote, urlsplit

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number):
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
        if number == 0:
            return text


class Client:
    """One stream, of either kind."""

    def __init__(self, writer, kind, channels, types):
        self.writer, self.kind, self.channels, self.types, self.reads = writer, kind, channels, types, True

    def wants(self, event):
        if self.types and event["event"]["event_type"] not in self.types:
            return False
        return "all" in self.channels or any(name in self.channels for name in event["channels"])

    def control(self, message):
        """A message that is no event."""
        if self.kind == "websocket":
            self.frame(1, json.dumps(message).encode())
        else:
            kind = {"welcome": "connected"}.get(message["type"], message["type"])
            identity = f"id: {message['cursor']}\n" if kind == "reset" else ""
            self.raw(f"{identity}event: {kind}\ndata: {json.dumps(message)}\n\n".encode())

    def event(self, event):
        if self.kind == "websocket":
            self.frame(1, json.dumps({"type": "event", **event}).encode())
        else:
            self.raw(f"id: {event['cursor']}\ndata: {json.dumps(event['event'])}\n\n".encode())

    def frame(self, opcode, payload):
        length = len(payload)
        head = bytes([0x80 | opcode])
        head += bytes([length]) if length < 126 else bytes([126]) + length.to_bytes(2, "big") if length < 65536 \
            else bytes([127]) + length.to_bytes(8, "big")
        self.raw(head + payload)

    def raw(self, data):
        if not self.writer.is_closing():
            self.writer.write(data)

    def end(self, code):
        if self.kind == "websocket" and code:
            self.frame(8, code.to_bytes(2, "big"))
        elif code == 0:
            self.writer.transport.abort()
            return
        elif code != 1012:
            self.control({"type": "reconnect", "after_ms": 10, "code": code})
        self.writer.close()


class Double:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.clients, self.events, self.number, self.served = set(), [], 0, 0
        self.settings = {"ws": "on", "sse": "on", "ring": "1000", "expires": "", "reconnect": "", "token": "", "flow": "0"}
        self.tokens = []

    def cursor(self, following=None):
        return f"1.double.0.0-{base36(self.number + 1 if following is None else following)}"

    # HTTP

    async def serve(self, reader, writer):
        try:
            await self.exchange(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def exchange(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        address = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        path = unquote(address.path)
        if path == "/ws":
            await self.websocket(reader, writer, headers, query)
        elif path == "/sse":
            await self.sse(reader, writer, headers, query)
        elif path == "/api/realtime/cursor":
            self.respond(writer, 200, json.dumps({"cursor": self.cursor()}))
        elif path == "/double/blank":
            self.respond(writer, 200, "<!doctype html><title>blank</title>", TYPES[".html"])
        elif path.startswith("/double/"):
            self.order(writer, path.removeprefix("/double/"), query)
        else:
            self.file(writer, path.lstrip("/") or "index.html")
        await writer.drain()

    def respond(self, writer, status, body, kind="application/json"):
        data = body.encode() if isinstance(body, str) else body
        writer.write(f"HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n"
                     "Cache-Control: no-store\r\nConnection: close\r\n\r\n".encode() + data)

    def file(self, writer, name):
        path = self.folder / name
        if "/" in name or not path.is_file():
            self.respond(writer, 404, "{}")
        else:
            self.respond(writer, 200, path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream"))

    def order(self, writer, name, query):
        if name == "publish":
            for _ in range(int(query.get("count", 1))):
                self.publish(query.get("channel", "public"), query.get("type", "TEST_EVENT"))
        elif name == "cut":
            code = int(query.get("code", 1012))
            for client in list(self.clients):
                if self.settings["reconnect"]:
                    client.control({"type": "reconnect", "after_ms": int(self.settings["reconnect"]), "jitter_ms": 0})
                client.end(code)
        elif name == "tell":
            for client in self.clients:
                if client.kind == "websocket":
                    client.control({"type": "cursor", "cursor": self.cursor()})
                else:
                    client.raw(f": ping\nid: {self.cursor()}\n\n".encode())
        elif name == "set":
            self.settings.update(query)
        kinds = [client.kind for client in self.clients]
        self.respond(writer, 200, json.dumps({
            "websocket": kinds.count("websocket"), "sse": kinds.count("sse"), "served": self.served, "tokens": self.tokens,
            "subscribed": sorted({name for client in self.clients for name in client.channels}), "last": self.number}))

    # Events

    def publish(self, channel, kind):
        self.number += 1
        event = {"cursor": self.cursor(), "channels": channel.split(","), "event": {
            "event_id": f"00000000-0000-4000-8000-{self.number:012d}", "event_type": kind, "aggregate_type": "TEST",
            "aggregate_id": str(self.number), "occurred_at": "2027-01-01T00:00:00Z",
            "payload": {"number": self.number, "message": f"event {self.number}"}}}
        self.events = (self.events + [event])[-int(self.settings["ring"]):]
        for client in self.clients:
            if client.reads and client.wants(event):
                client.event(event)

    def begin(self, client, cursor, connection):
        """Welcome, replay from the cursor or a reset, then live."""
        message = {"type": "welcome", "connection": connection, "user": None, "channels": client.channels,
                   "cursor": self.cursor(), "expires_at": self.expiry()}
        replay = []
        if cursor:
            following = int(cursor.rsplit("-", 1)[1], 36) if "-" in cursor else 0
            oldest = self.number - len(self.events) + 1
            message["recovered"] = following >= oldest
            if not message["recovered"]:
                message["cursor"] = "1.0.0"
            replay = [event for event in self.events if int(event["event"]["aggregate_id"]) >= following]
        client.control(message)
        if cursor and not message["recovered"]:
            client.control({"type": "reset", "reason": "the cursor is older than what is kept", "cursor": self.cursor()})
            replay = []
        for event in replay:
            if client.wants(event):
                client.event(event)
        self.clients.add(client)
        self.served += 1

    def expiry(self):
        if not self.settings["expires"]:
            return None
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + float(self.settings["expires"])))

    def names(self, query, name, default):
        return [item for item in query.get(name, "").split(",") if item] or default

    def accepts(self, token):
        if token:
            self.tokens.append(token)
        return not self.settings["token"] or token == self.settings["token"]

    # SSE

    async def sse(self, reader, writer, headers, query):
        token = headers.get("authorization", "").removeprefix("Bearer ") or query.get("access_token")
        if self.settings["sse"] != "on" or not self.accepts(token):
            self.respond(writer, 401 if self.settings["sse"] != "off" else 503, "{}")
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache, no-transform\r\n"
                     b"Connection: close\r\n\r\nretry: 500\n\n")
        client = Client(writer, "sse", self.names(query, "channels", ["public"]), self.names(query, "types", []))
        self.begin(client, headers.get("last-event-id") or query.get("cursor"), f"s{self.served}")
        try:
            while await reader.read(1024):
                pass
        finally:
            self.clients.discard(client)

    # WebSocket

    async def websocket(self, reader, writer, headers, query):
        protocols = [item.strip() for item in headers.get("sec-websocket-protocol", "").split(",")]
        token = next((item.removeprefix("bearer.") for item in protocols if item.startswith("bearer.")), None)
        if self.settings["ws"] == "off" or not self.accepts(token):
            self.respond(writer, 401, "{}")
            return
        client = Client(writer, "websocket", self.names(query, "channels", ["public"]), self.names(query, "types", []))
        client.reads = self.settings["ws"] != "mute"
        if any(name.startswith("secret") for name in client.channels):
            self.respond(writer, 403, "{}")
            return
        accept = hashlib.sha1((headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        writer.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     f"Sec-WebSocket-Accept: {base64.b64encode(accept).decode()}\r\n"
                     "Sec-WebSocket-Protocol: outbox.v1\r\n\r\n".encode())
        if client.reads:
            self.begin(client, query.get("cursor"), f"w{self.served}")
        else:
            self.clients.add(client)
        try:
            while True:
                opcode, payload = await self.read_frame(reader)
                if opcode == 8:
                    client.end(int.from_bytes(payload[:2], "big") or 1000)
                    return
                if opcode == 1 and self.settings["ws"] != "mute":
                    self.hear(client, json.loads(payload))
        finally:
            self.clients.discard(client)

    async def read_frame(self, reader):
        first, second = await reader.readexactly(2)
        length = second & 127
        if length > 125:
            length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8), "big")
        mask = await reader.readexactly(4)
        payload = await reader.readexactly(length)
        return first & 15, bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))

    def hear(self, client, message):
        kind = message.get("type")
        if kind == "ping":
            client.control({"type": "pong", "id": message.get("id")})
        elif kind == "refresh":
            self.tokens.append(message["token"])
            client.control({"type": "token", "expires_at": self.expiry()})
        elif kind in ("subscribe", "unsubscribe"):
            names = message["channels"]
            if any(name.startswith("secret") for name in names):
                client.control({"type": "error", "code": "forbidden", "message": "a channel is not yours", "id": message.get("id")})
                return
            if kind == "subscribe":
                client.channels = client.channels + [name for name in names if name not in client.channels]
            else:
                client.channels = [name for name in client.channels if name not in names]
            client.control({"type": kind + "d", "id": message.get("id"), "channels": client.channels, "cursor": self.cursor()})
        else:
            client.control({"type": "error", "code": "unknown", "message": "unknown message"})


    async def flow(self):
        while True:
            rate = float(self.settings["flow"])
            if rate > 0:
                self.publish("public", "TEST_EVENT")
            await asyncio.sleep(1 / rate if rate > 0 else 0.05)


async def main():
    double = Double(sys.argv[2])
    flow = asyncio.create_task(double.flow())
    server = await asyncio.start_server(double.serve, "127.0.0.1", int(sys.argv[1]), limit=1 << 20)
    print("ready", flush=True)
    async with server:
        await asyncio.gather(flow, server.serve_forever())


if __name__ == "__main__":
    asyncio.run(main())

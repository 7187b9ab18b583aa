"""A client of outbox-fanout made with Python's `autobahn`: what somebody else's implementation makes of our server.

client_autobahn.py URL CURSOR COUNT

Connects with CURSOR in the query, reads COUNT events, tries what a client may say, and prints what it saw as JSON.
"""

import asyncio
import json
import sys

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.compress import PerMessageDeflateOffer

url, cursor, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
seen = {"numbers": [], "kinds": []}


class Client(WebSocketClientProtocol):
    def onConnect(self, response):
        seen["subprotocol"] = response.protocol
        seen["extensions"] = len(response.extensions)

    def onMessage(self, payload, is_binary):
        message = json.loads(payload)
        if message["type"] == "event":
            seen["numbers"].append(int(message["event"]["aggregate_id"]))
            if len(seen["numbers"]) == count:
                subscribe = json.dumps({"type": "subscribe", "channels": ["order:1"]}).encode()
                # In fragments of seven bytes.
                self.sendMessage(subscribe, fragmentSize=7)
            return
        seen["kinds"].append(message["type"])
        if message["type"] == "welcome":
            seen["recovered"] = message["recovered"]
        elif message["type"] == "subscribed":
            seen["subscribed"] = "order:1" in message["channels"]
            self.sendPing(b"are you there?")
        elif message["type"] == "error":
            self.sendClose(1000, "enough")

    def onPong(self, payload):
        seen["pong"] = payload.decode()
        self.sendMessage(b"no JSON")

    def onClose(self, was_clean, code, reason):
        seen["code"], seen["clean"] = code, was_clean
        loop.stop()


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
factory = WebSocketClientFactory(f"{url}?cursor={cursor}", protocols=["outbox.v1"])
factory.protocol = Client
factory.setProtocolOptions(perMessageCompressionOffers=[PerMessageDeflateOffer()], failByDrop=False)
loop.call_later(20, loop.stop)
loop.run_until_complete(loop.create_connection(factory, "127.0.0.1", factory.port))
loop.run_forever()
print(json.dumps(seen))

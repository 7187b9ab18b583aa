"""A client of outbox-fanout made with Python's `websockets`: what somebody else's implementation makes of our server.

client_websockets.py URL CURSOR COUNT [CA-FILE]

Resumes from CURSOR by a message, reads COUNT events, tries what a client may say, and prints what it saw as JSON.
"""

import asyncio
import json
import ssl
import sys

import websockets


async def main(url, cursor, count, ca=None):
    seen = {"numbers": [], "kinds": []}
    context = ssl.create_default_context(cafile=ca) if ca else None
    # It offers permessage-deflate by default, which the server may decline.
    async with websockets.connect(url, subprotocols=["outbox.v1"], ssl=context) as connection:
        seen["subprotocol"] = connection.subprotocol
        seen["extensions"] = len(connection.extensions)

        async def read(kind):
            while True:
                message = json.loads(await connection.recv())
                if message["type"] == "event":
                    seen["numbers"].append(int(message["event"]["aggregate_id"]))
                else:
                    seen["kinds"].append(message["type"])
                if message["type"] == kind:
                    return message

        await read("welcome")
        await connection.send(json.dumps({"type": "resume", "cursor": cursor}))
        await read("resumed")
        while len(seen["numbers"]) < int(count):
            await read("event")
        # In fragments, as an iterable is sent.
        subscribe = json.dumps({"type": "subscribe", "channels": ["order:1"], "id": "f"})
        await connection.send([subscribe[:10], subscribe[10:11], subscribe[11:]])
        seen["subscribed"] = "order:1" in (await read("subscribed"))["channels"]
        await connection.send("no JSON")
        await read("error")
        await (await connection.ping(b"are you there?"))
        await connection.send(json.dumps({"type": "ping"}))
        await read("pong")
    seen["code"] = connection.close_code
    print(json.dumps(seen))


asyncio.run(asyncio.wait_for(main(*sys.argv[1:]), 20))
